/** Listening on an address for a moment, to know that it can be had before anything is touched. */

import { createServer, type Server } from 'node:net';

/** Rejects as every server would that listened there. Ends with `endListening`. */
export function listenForAMoment(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    // Whoever connects meanwhile would keep the server from closing.
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

export function endListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

export function addressText(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
