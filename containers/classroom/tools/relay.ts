/**
 * relay - one connection between standard input and output and `ADDRESS PORT`, made in the network of another host.
 *
 * The judge speaks through it in the name of a seat's host: it runs in a container of its own that shares that host's network and nothing else, so no file of the seat can bend it.
 * Standard error says `connected`, or `error: CODE WORDS` (errno(3)) and the exit status is 1.
 */
import net from 'node:net';

const [address = '', port = ''] = process.argv.slice(2);
const socket = net.connect({ host: address, port: Number(port), noDelay: true });
socket.once('connect', () => {
  process.stderr.write('connected\n');
  process.stdin.pipe(socket, { end: false });
  // Whoever hung up reads no more: a host that says nothing and stays would hold this process for ever.
  process.stdin.once('end', () => socket.end(() => socket.destroy()));
  socket.pipe(process.stdout);
});
socket.once('error', (error: NodeJS.ErrnoException) => {
  process.stderr.write(`error: ${error.code ?? 'EIO'} ${error.message}\n`);
  process.exitCode = 1;
  process.stdin.destroy();
});
socket.once('close', () => process.stdin.destroy());
