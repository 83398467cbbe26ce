/**
 * session-commands - CAPABILITY, NOOP, LOGOUT, STARTTLS, LOGIN, AUTHENTICATE, ID, NAMESPACE (RFC 3501 section 6.1, section 6.2; RFC 2971, RFC 2342).
 */
import type { ImapCommand } from './commands.ts';
import type { ImapSession } from './session.ts';
import { textOf } from './tokens.ts';

async function logIn(session: ImapSession, user: string, password: string, method: string): Promise<string> {
  if (session.account) return 'BAD Already logged in.';
  if (!session.isSecure && !session.options.plainLogin)
    return 'NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.';
  const outcome = await session.options.login.check(
    'imap',
    user,
    password,
    method,
    session.options.clientAddress,
    session.isSecure,
  );
  if (outcome.kind !== 'ok')
    return outcome.kind === 'refused'
      ? 'NO [AUTHENTICATIONFAILED] Authentication failed.'
      : 'NO [UNAVAILABLE] Temporary authentication failure.';
  session.account = outcome.account;
  return `OK [CAPABILITY ${session.capabilities}] Logged in`;
}

const authenticate: ImapCommand = {
  needs: 'nothing',
  async run(session, tokens) {
    if (textOf(tokens[0], 'Mechanism').toUpperCase() !== 'PLAIN') return 'NO Unsupported authentication mechanism.';
    let response = tokens[1] ? textOf(tokens[1], 'Response') : undefined;
    if (response === undefined) {
      session.send('+ ');
      const line = await session.reader.readLine(4096, 60_000);
      if (line.kind !== 'line' || line.text === '*') return 'BAD Authentication aborted by client.';
      response = line.text;
    }
    const [, user = '', password = ''] = Buffer.from(response, 'base64').toString('utf8').split('\0');
    return logIn(session, user, password, 'PLAIN');
  },
};

const startTls: ImapCommand = {
  needs: 'nothing',
  async run(session, _tokens, tag) {
    const { startTls: upgrade } = session.options;
    if (session.isSecure || !upgrade) return 'BAD TLS is already active or not available.';
    session.send(`${tag} OK Begin TLS negotiation now.`);
    session.reader.detach();
    session.stream = await upgrade(session.stream);
    session.reader.switchTo(session.stream); // what was sent ahead in plain text is dropped
    session.isSecure = true;
    return undefined;
  },
};

export const sessionCommands: readonly [string, ImapCommand][] = [
  [
    'CAPABILITY',
    {
      needs: 'nothing',
      run: async (session) => (session.send(`* CAPABILITY ${session.capabilities}`), 'OK Capability completed.'),
    },
  ],
  ['NOOP', { needs: 'nothing', run: async () => 'OK NOOP completed.' }],
  ['CHECK', { needs: 'mailbox', run: async () => 'OK Check completed.' }],
  [
    'LOGOUT',
    {
      needs: 'nothing',
      run: async (session) => (session.send('* BYE Logging out'), (session.over = true), 'OK Logout completed.'),
    },
  ],
  ['STARTTLS', startTls],
  [
    'LOGIN',
    {
      needs: 'nothing',
      run: (session, tokens) => logIn(session, textOf(tokens[0], 'User'), textOf(tokens[1], 'Password'), 'PLAIN'),
    },
  ],
  ['AUTHENTICATE', authenticate],
  ['ID', { needs: 'nothing', run: async (session) => (session.send('* ID ("name" "Dovecot")'), 'OK ID completed.') }],
  [
    'NAMESPACE',
    {
      needs: 'login',
      run: async (session) => (session.send('* NAMESPACE (("" ".")) NIL NIL'), 'OK Namespace completed.'),
    },
  ],
];
