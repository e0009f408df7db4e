import { describe, expect, it } from 'vitest';
import { Progress } from '../../../src/raft/progress.ts';

const window = { inflightAppendsMax: 2, inflightBytesMax: 100 };
const probing = (next = 10) => new Progress(next, window);
function replicating(match = 9): Progress {
  const progress = probing(match + 1);
  progress.accept(match, 1);
  return progress;
}

describe('probing', () => {
  it('sends once and waits', () => {
    const progress = probing();
    progress.sent(9, 0, 0);
    expect(progress.wantsAppend(20, 0)).toBe(false);
  });

  it('goes on when a heartbeat is answered', () => {
    const progress = probing();
    progress.sent(9, 0, 0);
    progress.answeredHeartbeat(20);
    expect(progress.wantsAppend(20, 0)).toBe(true);
  });

  it('goes back to the hint when rejected', () => {
    const progress = probing();
    progress.reject(9, 4);
    expect(progress.next).toBe(5);
  });

  it('does not heed the rejection of something older', () => {
    expect(probing().reject(5, 2)).toBe(false);
  });

  it('becomes replicating when accepted', () => {
    expect(replicating().state).toBe('replicate');
  });
});

describe('replicating', () => {
  it('goes on without waiting for answers', () => {
    const progress = replicating(9);
    progress.sent(12, 10, 0);
    expect(progress.next).toBe(13);
  });

  it('is held up by the number of appends', () => {
    const progress = replicating();
    progress.sent(10, 1, 0);
    progress.sent(11, 1, 0);
    expect(progress.wantsAppend(20, 0)).toBe(false);
  });

  it('is held up by their bytes', () => {
    const progress = replicating();
    progress.sent(10, 100, 0);
    expect(progress.isFull).toBe(true);
  });

  it('is freed by an answer that reaches far enough', () => {
    const progress = replicating();
    progress.sent(10, 1, 0);
    progress.sent(11, 1, 0);
    progress.accept(10, 1);
    expect(progress.inFlight).toBe(1);
  });

  it('wants to tell of a new commit although there is nothing to send', () => {
    expect(replicating(9).wantsAppend(9, 7)).toBe(true);
  });

  it('tells of a commit once', () => {
    const progress = replicating(9);
    progress.sent(9, 0, 7);
    expect(progress.wantsAppend(9, 7)).toBe(false);
  });

  it('probes from where the logs agree when rejected', () => {
    const progress = replicating(9);
    progress.sent(12, 1, 0);
    progress.reject(11, 11);
    expect([progress.state, progress.next]).toEqual(['probe', 10]);
  });

  it('does not heed the rejection of what was accepted since', () => {
    expect(replicating(9).reject(7, 5)).toBe(false);
  });

  it('asks for an answer when a member that is behind answers a heartbeat', () => {
    const progress = replicating(9);
    progress.sent(12, 1, 0);
    progress.answeredHeartbeat(12);
    expect(progress.wantsAppend(12, 0)).toBe(true);
  });
});

describe('waiting for a snapshot', () => {
  it('sends nothing', () => {
    const progress = probing();
    progress.becomeSnapshot();
    expect(progress.wantsAppend(20, 20)).toBe(false);
  });

  it('ends when the member has come to where the log begins', () => {
    const progress = probing();
    progress.becomeSnapshot();
    progress.accept(14, 15);
    expect([progress.state, progress.next]).toEqual(['replicate', 15]);
  });

  it('goes on when the member has come less far', () => {
    const progress = probing();
    progress.becomeSnapshot();
    progress.accept(12, 15);
    expect(progress.state).toBe('snapshot');
  });
});
