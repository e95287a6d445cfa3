// SPDX-License-Identifier: MIT
//
// wasi.js PROGRAM.wasm ARGUMENTS...: runs a WebAssembly program, which sees the current directory and, of those arguments that are
// absolute paths, the directories that they name or are in, as they are called here. As its exit status, that of the program.
'use strict';
const fs = require('fs');
const { dirname } = require('path');
const { WASI } = require('wasi');

const [program, ...rest] = process.argv.slice(2);
const preopens = { '.': '.' };
for (const path of rest) {
  if (!path.startsWith('/') || !fs.existsSync(path)) continue;
  const directory = fs.statSync(path).isDirectory() ? path : dirname(path);
  preopens[directory] = directory;
}
const wasi = new WASI({ version: 'preview1', args: [program, ...rest], env: process.env, preopens, returnOnExit: true });

WebAssembly.instantiate(fs.readFileSync(program), { wasi_snapshot_preview1: wasi.wasiImport })
  .then(({ instance }) => {
    process.exitCode = wasi.start(instance);
  })
  .catch((error) => {
    console.log(`${program}: ${error.stack}`);
    process.exitCode = 1;
  });
