import { decodeCommand, encodeCommand } from '../../src/metadata/command-codec.ts';
import { describeGolden, formsOf } from './golden-forms.ts';
import { log } from './metadata-log.ts';

const entries = Object.fromEntries(
  log.map((envelope, place) => [`${place + 2} ${envelope.command.type}`, envelope]),
);

describeGolden(
  'v0.1.0',
  'commands',
  formsOf({ encode: encodeCommand, decode: decodeCommand }, entries),
);
