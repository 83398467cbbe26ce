/**
 * session-commands - CAPABILITY, NOOP, LOGOUT, STARTTLS, LOGIN, AUTHENTICATE, ID, NAMESPACE (RFC 3501 section 6.1, section 6.2; RFC 2971, RFC 2342).
 */
import { readPlain } from '../sasl-plain.ts';
import type { ImapCommand } from './commands.ts';
import type { ImapSession } from './session.ts';
import { textOf } from './tokens.ts';

const longestResponse = 4096;

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
    if (session.account) return 'BAD Already logged in.';
    let response = tokens[1] ? textOf(tokens[1], 'Response').replace(/^=$/, '') : undefined; // RFC 4959: `=` is an empty one
    if (response === undefined) {
      session.send('+ ');
      const line = await session.reader.readLine(longestResponse, session.patienceMs);
      if (line.kind !== 'line' || line.text === '*') {
        session.over = line.kind !== 'line';
        return 'BAD Authentication aborted by client.';
      }
      response = line.text;
    }
    const login = readPlain(response);
    return login
      ? logIn(session, login.user, login.password, 'PLAIN')
      : 'BAD Invalid base64 data in continued response';
  },
};

const startTls: ImapCommand = {
  needs: 'nothing',
  async run(session, _tokens, tag) {
    const { startTls: upgrade } = session.options;
    if (session.isSecure || session.account || !upgrade) return 'BAD TLS is already active or not available.';
    session.send(`${tag} OK Begin TLS negotiation now.`);
    session.reader.detach();
    try {
      session.stream = await upgrade(session.stream);
    } catch {
      session.over = true; // nothing more can be said on this connection
      session.stream.destroy();
      return undefined;
    }
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
      async run(session) {
        session.send(`* CAPABILITY ${session.capabilities}`);
        return session.account
          ? 'OK Capability completed.'
          : 'OK Pre-login capabilities listed, post-login capabilities have more.';
      },
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
