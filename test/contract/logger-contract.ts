/** What every Logger must do. `entries` reads back what was logged, in order. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../../src/ports/logger.ts';

export interface LogEntry {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

export interface LoggerFixture {
  readonly logger: Logger;
  entries(): readonly LogEntry[];
}

export function loggerContract(name: string, make: () => LoggerFixture): void {
  describe(`${name} is a Logger`, () => {
    let fixture: LoggerFixture;
    let logger: Logger;

    beforeEach(() => {
      fixture = make();
      logger = fixture.logger;
    });

    it('keeps level, event and fields, in order', () => {
      logger.debug('looked', { key: 'k' });
      logger.info('started', { port: 8101, nested: { deep: true } });
      logger.warn('slow', {});
      logger.error('stopped');
      expect(fixture.entries()).toEqual([
        { level: 'debug', event: 'looked', fields: { key: 'k' } },
        { level: 'info', event: 'started', fields: { port: 8101, nested: { deep: true } } },
        { level: 'warn', event: 'slow', fields: {} },
        { level: 'error', event: 'stopped', fields: {} },
      ]);
    });

    it('takes the event as it is', () => {
      logger.info('%s %d %o', { count: 1 });
      expect(fixture.entries()).toMatchObject([{ event: '%s %d %o', fields: { count: 1 } }]);
    });

    it('keeps what an error said, and why', () => {
      const cause = new Error('disk full');
      logger.error('write failed', { error: new Error('no commit', { cause }) });
      const logged = fixture.entries()[0]?.fields.error as Error;
      expect(logged.message).toContain('no commit');
      const why = logged.cause as Error | undefined;
      expect(`${logged.message} ${logged.stack} ${why?.message}`).toContain('disk full');
    });

    it('never throws, whatever the fields hold', () => {
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      for (const value of [undefined, null, 1n, Number.NaN, circular, new Map(), () => {}]) {
        logger.info('odd', { value });
      }
      expect(fixture.entries().length).toBe(7);
    });

    it('may be taken apart', () => {
      const { info } = logger;
      info('alone');
      expect(fixture.entries()).toMatchObject([{ event: 'alone' }]);
    });
  });
}
