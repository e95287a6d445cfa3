// SPDX-License-Identifier: MIT
//
// A server on Node's http2 module, run by run.sh for rill-get. Prints "listening on 127.0.0.1:PORT". What it does depends on the path
// alone, so each check of node.sh asks for one.
'use strict';
const http2 = require('http2');

const paths = {
  '/push'(stream) {
    if (stream.pushAllowed) stream.pushStream({ ':path': '/pushed.css' }, (error, pushed) => {
      if (error) return;
      pushed.respond({ ':status': 200, 'content-type': 'text/css' });
      pushed.end('pushed!');
    });
    stream.respond({ ':status': 200 });
    stream.end('page\n');
  },

  '/hints'(stream) {
    stream.additionalHeaders({ ':status': 103, 'link': '</style.css>; rel=preload; as=style' });
    stream.additionalHeaders({ ':status': 103, 'link': '</app.js>; rel=preload; as=script' });
    stream.respond({ ':status': 200 });
    stream.end('hinted\n');
  },

  '/trailers'(stream) {
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }));
    stream.end('content\n');
  },

  '/altsvc'(stream) {
    stream.session.altsvc('h3=":8000"', stream.id);
    stream.session.altsvc('clear', 'https://example.org');
    stream.respond({ ':status': 200 });
    stream.end();
  },

  '/origin'(stream) {
    stream.session.origin('https://example.org', 'https://example.com:8443');
    stream.respond({ ':status': 200 });
    stream.end('after origin\n');
  },

  '/priority'(stream, headers) {
    stream.respond({ ':status': 200, 'x-priority': headers.priority });
    stream.end();
  },

  '/echo'(stream) {
    stream.respond({ ':status': 200 });
    stream.pipe(stream);
  },
};

const server = http2.createServer({ settings: { enableConnectProtocol: true } });
server.on('stream', (stream, headers) => {
  const answer = paths[headers[':path']];
  stream.on('error', () => {});
  if (headers[':method'] === 'CONNECT' && headers[':protocol'] !== 'echo') stream.respond({ ':status': 501 }, { endStream: true });
  else if (answer) answer(stream, headers);
  else stream.respond({ ':status': 404 }, { endStream: true });
});
server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`));
