/**
 * sender - mail without end to one recipient, from an address of the lab's Internet: run in the classroom's container by a test, which passes this file's text.
 *
 * `sender FROM-ADDRESS SENDER-DOMAIN GATEWAY RECIPIENT`: eight at a time, each message with a canary. A line `accepted CANARY` for each 250 after the dot (RFC 5321 section 4.2.5),
 * `not accepted CANARY` otherwise; ends with its standard input.
 */
import net from 'node:net';

const [from = '', domain = '', gateway = '', recipient = ''] = process.argv.slice(2);
const atOnce = 8;
const replyMs = 20_000;
let isEnding = false;
let lastNumber = 0;
process.stdin.on('end', () => (isEnding = true)).resume();

function send(canary: string): Promise<boolean> {
  const message = `From: <load@${domain}>\r\nTo: <${recipient}>\r\nSubject: ${canary}\r\nMessage-ID: <${canary}@${domain}>\r\nDate: ${new Date().toUTCString()}\r\n\r\nAll is well.\r\n.`;
  const lines = [
    `HELO mail.${domain}`,
    `MAIL FROM:<load@${domain}>`,
    `RCPT TO:<${recipient}>`,
    'DATA',
    message,
    'QUIT',
  ];
  const wanted = ['220', '250', '250', '250', '354', '250'];
  return new Promise((resolve) => {
    const socket = net.connect({ host: gateway, port: 25, localAddress: from });
    socket.setTimeout(replyMs, () => socket.destroy());
    let at = 0;
    let text = '';
    const end = (isAccepted: boolean): void => {
      socket.destroy();
      resolve(isAccepted);
    };
    socket.on('error', () => undefined).once('close', () => end(false));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let next = text.indexOf('\r\n'); next >= 0; next = text.indexOf('\r\n')) {
        const line = text.slice(0, next);
        text = text.slice(next + 2);
        if (line.charAt(3) === '-') continue;
        if (!line.startsWith(wanted[at] ?? '')) return end(false);
        if (at === wanted.length - 1) return end(true);
        socket.write(`${lines[at]}\r\n`);
        at += 1;
      }
    });
  });
}

async function sendOn(): Promise<void> {
  while (!isEnding) {
    lastNumber += 1;
    const canary = `canary-${lastNumber}-${Math.random().toString(36).slice(2)}`;
    const startedMs = performance.now();
    const isAccepted = await send(canary);
    process.stdout.write(`${isAccepted ? 'accepted' : 'not accepted'} ${canary}\n`);
    // A host that is away refuses at once: its return is looked for ten times a second, not ten thousand times.
    if (!isAccepted && performance.now() - startedMs < 100) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

await Promise.all(Array.from({ length: atOnce }, sendOn));
process.exit(0);
