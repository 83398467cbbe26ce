/**
 * auth-server - Dovecot's authentication protocol for a genuine Postfix: one user, PLAIN and LOGIN.
 */
import { chmod, rm } from 'node:fs/promises';
import net from 'node:net';
import { clientPassword } from '../basic.ts';

/** Listens on the socket `file`, which everybody may use. */
export async function startAuthServer(file: string): Promise<{ close(): void }> {
  await rm(file, { force: true });
  const server = net.createServer(serve);
  await new Promise<void>((resolve) => server.listen(file, resolve));
  await chmod(file, 0o666);
  return { close: () => void server.close() };
}

function serve(socket: net.Socket): void {
  const say = (...words: readonly string[]): void => void socket.write(`${words.join('\t')}\n`);
  const logins = new Map<string, string>();
  socket.on('error', () => socket.destroy());
  say('VERSION', '1', '2');
  say('MECH', 'PLAIN', 'plaintext');
  say('MECH', 'LOGIN', 'plaintext');
  say('SPID', '1');
  say('CUID', '1');
  say('COOKIE', '00000000000000000000000000000000');
  say('DONE');
  const judge = (id: string, user: string, password: string): void =>
    user === 'afnog' && password === clientPassword ? say('OK', id, `user=${user}`) : say('FAIL', id, `user=${user}`);
  const plain = (id: string, response: string): void => {
    const [, user = '', password = ''] = decode(response).split('\0');
    judge(id, user, password);
  };
  let rest = '';
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [command, id = '', third = ''] = line.split('\t');
      const response = /resp=(.*)$/.exec(line)?.[1];
      if (command === 'AUTH' && third === 'PLAIN') {
        if (response === undefined) say('CONT', id, '');
        else plain(id, response);
        logins.set(id, '');
      } else if (command === 'AUTH' && third === 'LOGIN') {
        logins.set(id, response === undefined ? 'login' : `login ${decode(response)}`);
        say('CONT', id, Buffer.from(response === undefined ? 'Username:' : 'Password:').toString('base64'));
      } else if (command === 'AUTH') say('FAIL', id);
      else if (command === 'CONT') {
        const state = logins.get(id) ?? '';
        if (state === '') plain(id, third);
        else if (state === 'login') {
          logins.set(id, `login ${decode(third)}`);
          say('CONT', id, Buffer.from('Password:').toString('base64'));
        } else judge(id, state.slice('login '.length), decode(third));
      }
    }
  });
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
