/** What a program leaves in its store, as bytes, and the store of one that finds it. */

import { ByteReader, ByteWriter } from '../../src/kernel/bytes.ts';
import type { Store, StoreWrite } from '../../src/ports/store.ts';
import { SimDisk, SimStore } from '../../src/sim/sim-store.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { settle } from '../sim/settle.ts';

const EVERYTHING = { from: Uint8Array.of(0), to: Uint8Array.of(255) };

const emptyStore = (simulation: Simulation) => new SimStore(simulation, new SimDisk(), () => {});

/** All that `write` leaves in an empty store: key and value by turns, each behind its length. */
export async function leftBy(write: (store: Store) => Promise<unknown>): Promise<Uint8Array> {
  const simulation = new Simulation(1, settle);
  const store = emptyStore(simulation);
  await simulation.complete(write(store));
  const writer = new ByteWriter();
  for (const { key, value } of store.range(EVERYTHING)) {
    writer.bytes(key);
    writer.bytes(value);
  }
  return writer.copy();
}

/** A store in which just that lies. */
export function storeWith(left: Uint8Array): Store {
  const store = emptyStore(new Simulation(1, settle));
  const reader = new ByteReader(left);
  const writes: StoreWrite[] = [];
  while (reader.remaining > 0) {
    writes.push({ type: 'put', key: reader.bytes(), value: reader.bytes() });
  }
  // It shows at once; nobody waits for the disk.
  void store.write(writes);
  return store;
}
