/** A TCP wire between two real nodes that can be cut, held and mended. */

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #targetPort = 0;
  #state: 'open' | 'cut' | 'held' = 'open';
  /** Connections that were made through it. */
  connections = 0;

  private constructor() {
    this.#server = createServer({ pauseOnConnect: true }, (near) => this.#accept(near));
  }

  static async create(): Promise<Wire> {
    const wire = new Wire();
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  leadTo(port: number): void {
    this.#targetPort = port;
  }

  /** Resets what is connected and refuses what comes. */
  cut(): void {
    this.#state = 'cut';
    for (const socket of this.#sockets) socket.destroy();
  }

  /** As a pulled cable or a paused process: connections stay open and nothing passes. */
  hold(): void {
    this.#state = 'held';
    for (const socket of this.#sockets) socket.pause();
  }

  mend(): void {
    this.#state = 'open';
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    if (this.#state === 'cut' || this.#targetPort === 0) {
      near.destroy();
      return;
    }
    this.connections++;
    const far = connect({ port: this.#targetPort, host: '127.0.0.1' });
    this.#join(near, far);
    this.#join(far, near);
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => {
          if (this.#state === 'open') from.resume();
        });
      }
    });
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#state === 'open') from.resume();
    else from.pause();
  }
}
