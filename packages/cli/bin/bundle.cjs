#!/usr/bin/env node
// Starts what the build makes of the command. Its compiled form is kept beside it, where only the owner
// of the checkout can write: that saves a third of a short command's time.
const { enableCompileCache, setSourceMapsSupport } = require('node:module');
const { join } = require('node:path');

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`error: starting the bundle command
  expected: Node.js 24 or later
  found:    ${process.versions.node}
What to do: Install a newer Node.js, or use the executable, which needs none.
`);
  process.exit(126);
}
enableCompileCache(join(__dirname, '../dist/compile-cache'));
setSourceMapsSupport(process.env.BUNDLE_DEBUG === '1');
require('../dist/command/bundle.cjs');
