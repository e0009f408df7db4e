import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DirectoryRecord,
  RECORD_FILE,
  readRecord,
  writeRecord,
} from '../../src/adapters/directory-record.ts';
import { describeGolden, formsOf } from './golden-forms.ts';

const options = { host: '127.0.0.1', port: 8_101, peerPort: 9_101, advertise: 'n1.example' };
const unwritten = { name: 'n1', directoryId: '0123456789abcdef', options };

function inDirectory<Result>(use: (directory: string) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), 'quorate-golden-'));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const codec = {
  encode: (record: DirectoryRecord) =>
    inDirectory((directory) => {
      writeRecord(directory, record);
      return readFileSync(join(directory, RECORD_FILE));
    }),
  decode: (bytes: Buffer) =>
    inDirectory((directory) => {
      writeFileSync(join(directory, RECORD_FILE), bytes);
      return readRecord(directory);
    }),
};

describeGolden(
  'v0.1.0',
  'data-directory',
  formsOf<DirectoryRecord>(codec, {
    'record of a new directory': unwritten,
    'record with all that there is': {
      ...unwritten,
      options: { ...options, zone: 'east', stage: true },
      written: true,
    },
  }),
);
