/**
 * What must hold after every step of every member (Raft, figure 3), checked as it happens
 * and in time that does not grow with the logs.
 *
 * - Election safety: at most one leader a term.
 * - Leader completeness: a leader has every entry that was committed in an earlier term.
 * - State machine safety: there is one entry at each committed index, for ever.
 * - Only a leader is first to see an entry committed, and then a majority has it on disk.
 * - Terms do not fall, the commit index of a process does not fall.
 */

import type {
  Configuration,
  ConfigurationEntry,
  Entry,
  MemberNo,
  SnapshotMeta,
} from '../../../src/raft/entry.ts';
import type { Raft } from '../../../src/raft/raft.ts';
import type { Coverage } from './coverage.ts';
import type { DiskImage } from './disk-image.ts';
import { LogRecord, positionText } from './log-record.ts';
import { must } from './violation.ts';

interface Committed {
  readonly term: number;
  /** Of the leader that committed it. */
  readonly inTerm: number;
}

/** What was last seen of a process. */
interface Seen {
  term: number;
  commit: number;
  leads: boolean;
}

export class Safety {
  readonly log = new LogRecord();
  readonly #coverage: Coverage;
  readonly #diskOf: (no: MemberNo) => DiskImage;
  readonly #leaders = new Map<number, MemberNo>();
  /** By term: who campaigned because it was told to. */
  readonly #requested = new Map<number, MemberNo>();
  /** By index; nothing at 0. */
  readonly #committed: Committed[] = [{ term: 0, inTerm: 0 }];
  readonly #configurations: { index: number; configuration: Configuration }[];
  readonly #seen = new Map<MemberNo, Seen>();

  /** @param founding what all first members begin with, at index 1 */
  constructor(coverage: Coverage, founding: SnapshotMeta, diskOf: (no: MemberNo) => DiskImage) {
    const { index, term, configuration } = founding;
    this.#coverage = coverage;
    this.#committed.push({ term, inTerm: term });
    this.#configurations = [{ index, configuration }];
    this.#diskOf = diskOf;
  }

  /** Whatever any member knows to be committed. */
  get commit(): number {
    return this.#committed.length - 1;
  }

  started(no: MemberNo, term: number): void {
    this.#seen.set(no, { term, commit: 0, leads: false });
  }

  /** To be called after each step of a member, before its effects are begun. */
  observe(no: MemberNo, raft: Raft): void {
    const { term, role, commit } = raft.status();
    const seen = this.#seen.get(no);
    must(seen !== undefined, () => `member ${no} is not running`);
    must(term >= seen.term, () => `term of ${no} fell from ${seen.term} to ${term}`);
    must(commit >= seen.commit, () => `commit of ${no} fell from ${seen.commit} to ${commit}`);
    // A leader that commits a configuration without itself steps down in the same step.
    const stepsDown = seen.leads && term === seen.term;
    const leads = role === 'leader';
    if (leads && (!seen.leads || term !== seen.term)) this.#elected(no, term, raft);
    const from = seen.commit;
    seen.term = term;
    seen.commit = commit;
    seen.leads = leads;
    if (commit > from) this.#committedUpTo(no, from, commit, raft, leads || stepsDown, term);
  }

  /** `entry` is the next one that the member's state machine sees. */
  applied(no: MemberNo, entry: Entry, appliedIndex: number): void {
    const at = positionText(entry);
    must(entry.index === appliedIndex + 1, () => `${no} applies ${at} after ${appliedIndex}`);
    const committed = this.#committed[entry.index];
    must(committed !== undefined, () => `${no} applies ${at}, which is not committed`);
    must(
      committed.term === entry.term && this.log.known(entry),
      () => `${no} applies ${at}, committed is ${entry.index}@${committed.term}`,
    );
    if (entry.type === 'configuration') this.#configured(entry);
  }

  /** A snapshot of a member's state machine says this of itself. */
  snapshot(no: MemberNo, meta: SnapshotMeta): void {
    const at = positionText(meta);
    must(
      this.#committed[meta.index]?.term === meta.term,
      () => `snapshot ${at} of ${no} is not of the committed log`,
    );
    const known = this.#configurations.findLast(({ index }) => index <= meta.index);
    must(
      JSON.stringify(known?.configuration) === JSON.stringify(meta.configuration),
      () => `snapshot ${at} of ${no} has configuration ${JSON.stringify(meta.configuration)}`,
    );
  }

  /** The member writes `first` and more over `replaced`; `keepsLength`: it loses no tail by that. */
  truncates(no: MemberNo, first: Entry, replaced: Entry, keepsLength: boolean): void {
    const isCommitted = this.#committed[replaced.index]?.term === replaced.term;
    const what = `${no} writes ${positionText(first)} over ${positionText(replaced)}`;
    must(first.term === replaced.term || !isCommitted, () => `${what}, committed`);
    must(first.term !== replaced.term || keepsLength, () => `${what} and loses what follows`);
  }

  /** The member asks for votes because the leader told it to. */
  campaignsAtRequest(no: MemberNo, term: number): void {
    this.#requested.set(term, no);
  }

  #configured({ index, term, configuration }: ConfigurationEntry): void {
    const latest = this.#configurations.at(-1);
    if (latest === undefined || index <= latest.index) return;
    this.#configurations.push({ index, configuration });
    if (configuration.outgoing.length > 0) this.#coverage.jointEntered++;
    else if (latest.configuration.outgoing.length > 0) this.#coverage.jointLeft++;
    const leader = this.#leaders.get(term) as MemberNo;
    const joint = configuration.outgoing.length > 0;
    if (!joint && !configuration.voters.includes(leader)) this.#coverage.leadersRemoved++;
  }

  #elected(no: MemberNo, term: number, raft: Raft): void {
    const other = this.#leaders.get(term);
    must(other === undefined || other === no, () => `${other} and ${no} lead term ${term}`);
    if (other === no) return;
    this.#leaders.set(term, no);
    this.#coverage.elections++;
    if (this.#requested.get(term) === no) this.#coverage.transfersDone++;
    const inherited = raft.termAt(this.commit + 1);
    if (inherited !== undefined && inherited < term) this.#coverage.uncommittedInherited++;
    let index = this.commit;
    while (index > 0 && (this.#committed[index] as Committed).inTerm > term) index--;
    const expected = this.#committed[index] as Committed;
    const has = raft.termAt(index);
    const inSnapshot = has === undefined && index <= this.#diskOf(no).snapshot.index;
    must(
      has === expected.term || inSnapshot,
      () => `leader ${no} of term ${term} lacks ${index}@${expected.term}, which is committed`,
    );
  }

  #committedUpTo(
    no: MemberNo,
    from: number,
    to: number,
    raft: Raft,
    leads: boolean,
    term: number,
  ): void {
    const news = to > this.commit;
    for (let index = from + 1; index <= to; index++) {
      const has = raft.termAt(index);
      const known = this.#committed[index];
      if (has === undefined) {
        must(known !== undefined, () => `${no} commits ${index}, which it does not have`);
        continue;
      }
      must(
        known === undefined || known.term === has,
        () => `${no} commits ${index}@${has}, committed is ${index}@${known?.term}`,
      );
      if (known !== undefined) continue;
      this.#committed.push({ term: has, inTerm: term });
      this.#coverage.entriesCommitted++;
    }
    if (!news) return;
    must(leads, () => `${no} commits ${to} before any leader`);
    const last = raft.termAt(to) as number;
    must(last === term, () => `${no} commits ${to}@${last} by counting, in term ${term}`);
    const { voters, outgoing } = raft.configurationAt(raft.status().lastIndex);
    for (const half of [voters, outgoing]) this.#backed(no, to, last, half);
  }

  #backed(no: MemberNo, index: number, term: number, voters: readonly MemberNo[]): void {
    const having = voters.filter((voter) => this.#diskOf(voter).holds(index, term));
    must(
      voters.length === 0 || having.length * 2 > voters.length,
      () => `${no} commits ${index}@${term}, which is on the disks of ${having} of ${voters} only`,
    );
  }
}
