/** From an address to a store. */

import { EtcdGrpcStore } from './etcd-grpc-store.ts';
import { EtcdJsonStore } from './etcd-json-store.ts';
import { QuorateStore } from './quorate-store.ts';
import { RedisStore } from './redis-store.ts';
import type { RemoteStore, StoreAddress } from './remote-store.ts';

export async function connectStore(address: StoreAddress): Promise<RemoteStore> {
  switch (address.kind) {
    case 'quorate':
      return new QuorateStore(address);
    case 'etcd-json':
      return new EtcdJsonStore(address.urls);
    case 'etcd-grpc':
      return EtcdGrpcStore.connect(address.urls);
    case 'redis':
      return RedisStore.connect(address);
  }
}
