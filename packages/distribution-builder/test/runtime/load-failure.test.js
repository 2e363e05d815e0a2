import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainFailure } from '../../src/runtime/load-failure.js';

for (const [words, told] of /** @type {[string, RegExp][]} */ ([
  ["/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /proc/self/fd/12)", /^cannot load \/a\.node: this system's glibc is too old, GLIBC_2\.38 is needed: use a base image/],
  ["/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /proc/self/fd/12)", /libstdc\+\+ is too old, GLIBCXX_3\.4\.32/],
  ['libvips-cpp.so.8.17.3: cannot open shared object file: No such file or directory', /this system has no libvips-cpp\.so\.8\.17\.3/],
  ['/proc/self/fd/12: invalid ELF header', /^cannot load \/a\.node: .*invalid ELF header$/],
])) {
  test(`told: ${words.slice(0, 60)}`, () => assert.match(explainFailure('/a.node', words), told));
}
