// Finishes a build: tsc leaves out SQL files and does not make the entry point executable.
import { chmodSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
for (const file of files.filter((name) => name.endsWith('.sql'))) {
  const target = join(root, 'dist', file);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(root, 'src', file), target);
}
chmodSync(join(root, 'dist', 'main.js'), 0o755);
