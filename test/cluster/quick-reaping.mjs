// Preloaded into the processes of nodes (NODE_OPTIONS=--import): rounds of reaping follow each
// other fast, for tests that cannot wait for a minute. Nothing else is changed.

if (process.argv[2] === 'start') {
  const { QuorateNode } = await import('../../dist/src/node/index.js');
  const start = QuorateNode.start.bind(QuorateNode);
  QuorateNode.start = (config, ports) => start({ ...config, reapEveryMs: 1_000 }, ports);
}
