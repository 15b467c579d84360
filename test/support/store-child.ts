import { openStore } from '../../src/store/sqlite/open-store.ts';

/** A process that holds a store and writes checkpoints until it is killed; prints every number once it is stored. */
const [dataDir, taskId] = process.argv.slice(2) as [string, string];
const store = openStore(dataDir, { lockWaitMs: 0 });
process.stdout.write('open\n');

let number = Number(store.streams(taskId)[0]?.checkpoint?.nextEventNumber ?? 0);
const write = () => {
  number += 1;
  store.putCheckpoint(taskId, 'default', {
    lsn: `0/${number.toString(16)}`,
    nextEventNumber: number,
    lastCommitLsn: null,
    publishedThrough: null,
  });
  process.stdout.write(`${number}\n`);
  setImmediate(write);
};
write();
