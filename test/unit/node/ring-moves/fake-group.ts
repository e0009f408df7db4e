/** A metadata group whose log is at hand, and which may be held up or refuse. */

import type { Command } from '../../../../src/metadata/command.ts';
import type { Applied } from '../../../../src/node/metadata-group/group-messages.ts';
import type { MetadataGroup } from '../../../../src/node/metadata-group/metadata-group.ts';
import type { Log } from '../../metadata/cluster.ts';

export class FakeGroup {
  readonly log: Log;
  /** In the order in which they were asked for. */
  readonly ran: Command[] = [];
  registered = true;
  /** Called before a command reaches the log. */
  beforeRun: (command: Command) => unknown = () => {};
  beforeRead: () => unknown = () => {};

  constructor(log: Log) {
    this.log = log;
  }

  get state() {
    return this.log.state;
  }

  readonly client = {
    run: async (command: Command): Promise<Applied> => {
      this.ran.push(command);
      await this.beforeRun(command);
      const reply = this.log.run(command);
      return { index: this.log.state.index, reply } as Applied;
    },
    readBarrier: async () => {
      await this.beforeRead();
    },
  };

  readonly runner = { applied: async () => true };

  /** As the code under test takes it. */
  get group(): MetadataGroup {
    return this as unknown as MetadataGroup;
  }
}
