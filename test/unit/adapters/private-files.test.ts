import { chmodSync, chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NotPrivateError, readPrivateFile } from '../../../src/adapters/private-files.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-private-'));
  file = join(folder, 'secret');
  writeFileSync(file, 'hush', { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a secret', () => {
  it.each([0o600, 0o400, 0o640, 0o440, 0o660])('with permissions %o is read', (mode) => {
    chmodSync(file, mode);
    expect(readPrivateFile(file).toString()).toBe('hush');
  });

  it.each([0o604, 0o602, 0o601, 0o644, 0o666])('with permissions %o is refused', (mode) => {
    chmodSync(file, mode);
    expect(() => readPrivateFile(file)).toThrow(NotPrivateError);
    expect(() => readPrivateFile(file)).toThrow(`${file} is open to everybody`);
    expect(() => readPrivateFile(file)).toThrow(`: chmod 600 ${file}`);
  });

  it('behind a link is judged by the file that is read', () => {
    const link = join(folder, 'link');
    symlinkSync(file, link);
    expect(readPrivateFile(link).toString()).toBe('hush');
    chmodSync(file, 0o644);
    expect(() => readPrivateFile(link)).toThrow(NotPrivateError);
  });

  it('is read where systems know no such permissions', () => {
    chmodSync(file, 0o666);
    const platform = vi.spyOn(process, 'platform', 'get').mockReturnValue('win32');
    expect(readPrivateFile(file).toString()).toBe('hush');
    platform.mockRestore();
  });

  it.skipIf(process.geteuid?.() !== 0)('of another user than root or our own is refused', () => {
    chownSync(file, 12_345, 0);
    expect(() => readPrivateFile(file)).toThrow(`${file} belongs to user 12345, who could change`);
    const user = vi.spyOn(process, 'geteuid').mockReturnValue(12_345);
    expect(readPrivateFile(file).toString()).toBe('hush');
    chownSync(file, 0, 0);
    expect(readPrivateFile(file).toString()).toBe('hush');
    user.mockRestore();
  });

  it('that is missing is so', () => {
    expect(() => readPrivateFile(join(folder, 'none'))).toThrow('ENOENT');
  });
});
