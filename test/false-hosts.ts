/**
 * false-hosts - programs that stand in the place of a host's port 25: they say yes, or no, to everything.
 */
import net from 'node:net';
import { createInterface } from 'node:readline';

export type Door = { close(): Promise<void> };
/** Stands in the place of a host's port 25; `name` is what that host would call itself. */
export type Behaviour = (host: string, port: number, name: string) => Promise<Door>;

export const down: Behaviour = () => Promise.resolve({ close: () => Promise.resolve() });

/** A program that has a reply for each line and nothing else. */
const replying =
  (greeting: string, answer: (line: string) => string): Behaviour =>
  async (host, port, name) => {
    const open = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      open.add(socket);
      let inData = false;
      socket.on('error', () => undefined);
      socket.write(`${greeting.replace('NAME', name)}\r\n`);
      createInterface({ input: socket }).on('line', (line) => {
        if (inData && line !== '.') return;
        const reply = inData ? '250 2.0.0 Ok: queued as 4Zx9Qk1Yz2' : answer(line).replace('NAME', name);
        inData = reply.startsWith('354');
        if (socket.writable) socket.write(`${reply}\r\n`);
      });
    });
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    return {
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          for (const socket of open) socket.destroy();
        }),
    };
  };

export const refusing = replying('554 5.3.2 go away', () => '554 5.3.2 go away');
export const refusingLate = replying('220 NAME ESMTP Postfix', (line) =>
  /^(EHLO|MAIL)/.test(line) ? '250 NAME' : '550 5.7.1 no',
);
export const puttingOff = replying('220 NAME ESMTP Postfix', (line) =>
  /^(EHLO|MAIL)/.test(line) ? '250 NAME' : '450 4.7.1 come again',
);
export const dropping = replying('220 NAME ESMTP Postfix', (line) => (line === 'DATA' ? '354 go on' : '250 NAME'));
