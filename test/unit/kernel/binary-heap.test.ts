import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BinaryHeap } from '../../../src/kernel/binary-heap.ts';

it('a heap gives its items in order, whenever they were pushed', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: 'pop' as const })), (steps) => {
      const heap = new BinaryHeap<number>((a, b) => a - b);
      let model: number[] = [];
      for (const step of steps) {
        if (step === 'pop') {
          expect(heap.pop()).toBe(model[0]);
          model = model.slice(1);
        } else {
          heap.push(step);
          model = [...model, step].sort((a, b) => a - b);
        }
        expect(heap.peek()).toBe(model[0]);
        expect(heap.size).toBe(model.length);
      }
    }),
  );
});
