import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environment, namesIn } from '../../src/payload/env.js';
import { folderWith } from '../support/folder.js';

test('names are found in every way of reading', () => {
  assert.deepEqual(namesIn('process.env.A + process.env["B"] + process.env[\'C\']; const { D, E: e = 1 } = process.env; process.env[f]; myprocess.env.G'), ['A', 'B', 'C', 'D', 'E']);
});

test('names only: no value leaves, and NEXT_PUBLIC_ is kept apart', (t) => {
  const folder = folderWith(t, {
    '.env.example': '# comment\nAPI_KEY=\nexport TOKEN=""\nREGION=eu-secret-value\nNEXT_PUBLIC_NAME=\n',
    'app/page.tsx': 'process.env.API_KEY; process.env.NODE_ENV; process.env.NEXT_PUBLIC_SITE',
    'next.config.ts': 'process.env.ONLY_AT_BUILD',
    'lib/x.test.ts': 'process.env.ONLY_IN_TESTS',
    'README.md': 'process.env.IN_PROSE',
  });
  const found = environment(folder, folder, ['app/page.tsx', 'next.config.ts', 'lib/x.test.ts', 'README.md', 'gone.ts'], ['FROM_PACKAGE']);
  assert.deepEqual(found, {
    read: ['API_KEY', 'FROM_PACKAGE'],
    public: ['NEXT_PUBLIC_NAME', 'NEXT_PUBLIC_SITE'],
    required: ['API_KEY', 'TOKEN'],
  });
  assert.ok(!JSON.stringify(found).includes('eu-secret-value'));
});
