// SPDX-License-Identifier: MIT
//
// A client on Node's http2 module, run by run.sh against rill-serve. Knows what Node says of what it received, and prints that, a line
// for each thing; what that should be is told in node.sh.
//
//   node node_client.js URL push|trailers|hints|tunnel|altsvc|restart
//   node node_client.js URL origin KEY CERTIFICATE    by TLS, which this script ends, since Node takes no ORIGIN without
'use strict';
const http2 = require('http2');
const net = require('net');
const tls = require('tls');
const fs = require('fs');

const [url, what, key, certificate] = process.argv.slice(2);
const { origin, pathname, hostname, port } = new URL(url);

// Resolves to the octets of a stream when it has ended.
const content = (stream) => new Promise((resolve, reject) => {
  const pieces = [];
  stream.on('data', (piece) => pieces.push(piece));
  stream.on('end', () => resolve(Buffer.concat(pieces)));
  stream.on('error', reject);
});
const event = (emitter, name) => new Promise((resolve, reject) => {
  emitter.once(name, (...values) => resolve(values));
  emitter.once('error', reject);
});
const say = (...words) => console.log(words.join(' '));

const talks = {
  async push(client) {
    const pushed = [];
    client.on('stream', (stream, request) => {
      const body = content(stream);
      stream.on('push', async (response) => {
        pushed.push(body.then((octets) => say('pushed', request[':path'], response[':status'], octets.length)));
      });
    });
    const request = client.request({ ':path': pathname });
    const octets = await content(request);
    await Promise.all(pushed);
    say('page', octets.length);
  },

  async trailers(client) {
    const request = client.request({ ':path': pathname, ':method': 'POST' }, { waitForTrailers: true });
    request.on('wantTrailers', () => request.sendTrailers({ 'x-sum': '42' }));
    request.on('trailers', (fields) => say('trailers', fields['x-sum']));
    request.end('some content');
    say('content', await content(request));
  },

  async hints(client) {
    const request = client.request({ ':path': pathname });
    request.on('headers', (fields) => say('interim', fields[':status'], fields.link));
    request.on('response', (fields) => say('final', fields[':status']));
    await content(request);
  },

  async tunnel(client) {
    const [settings] = await event(client, 'remoteSettings');
    say('offered', settings.enableConnectProtocol);
    const stream = client.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': pathname });
    const [response] = await event(stream, 'response');
    say('status', response[':status']);
    stream.write('ping');
    say('echo', (await event(stream, 'data'))[0]);
    stream.end(' pong');
    say('rest', await content(stream));
  },

  async altsvc(client) {
    client.on('altsvc', (value, forOrigin, id) => say('altsvc', value, JSON.stringify(forOrigin), id % 2));
    await content(client.request({ ':path': pathname }));
  },

  async origin(client) {
    const [origins] = await event(client, 'origin');
    say('origins', origins.join(' '));
    const request = client.request({ ':path': pathname });
    say('page', (await content(request)).length);
  },
};

// TLS in front of the server.
const front = () => new Promise((resolve) => {
  const server = tls.createServer(
    { key: fs.readFileSync(key), cert: fs.readFileSync(certificate), ALPNProtocols: ['h2'] }, (from) => {
      const to = net.connect(port, hostname);
      from.pipe(to).pipe(from);
      from.on('error', () => to.destroy());
      to.on('error', () => from.destroy());
    });
  server.listen(0, '127.0.0.1', () => resolve(server));
});

const main = async () => {
  let server;
  if (what === 'origin') server = await front();
  const client = what !== 'origin' ? http2.connect(origin) :
    http2.connect(`https://localhost:${server.address().port}`, { ca: fs.readFileSync(certificate) });
  client.on('error', (error) => { throw error; });
  await talks[what](client);
  client.close();
  await event(client, 'close');
  if (server) server.close();
};

main().catch((error) => {
  console.log(`failed: ${error.message}`);
  process.exit(1);
});
