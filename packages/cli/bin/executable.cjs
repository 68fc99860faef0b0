// What an executable starts: loads the files of the command out of it, each when it is asked for. An executable's own
// `require` knows only what is part of Node.js.
const { dirname } = require('node:path');
const { getAsset } = require('node:sea');
const { compileFunction } = require('node:vm');

// The file that a user started, which unpacked this program. No program that this one starts is told.
const { BUNDLE_FILE } = process.env;
if (BUNDLE_FILE) process.argv[1] = BUNDLE_FILE;
delete process.env.BUNDLE_FILE;

const modules = new Map();
const parameters = ['require', 'module', 'exports', '__filename', '__dirname'];
const folder = dirname(process.execPath);

function load(id) {
  if (!id.startsWith('./')) return require(id);
  const known = modules.get(id);
  if (known !== undefined) return known.exports;
  const filename = id.slice('./'.length);
  const module = { exports: {} };
  modules.set(id, module);
  const run = compileFunction(getAsset(filename, 'utf8'), parameters, { filename });
  run(load, module, module.exports, filename, folder);
  return module.exports;
}

load('./bundle.cjs');
