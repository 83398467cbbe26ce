/**
 * dependency-cruiser - who may import whom, each rule with its reason in a sentence (ARCHITECTURE.md draws the map).
 */
const io = '^(fs|fs/promises|net|tls|dns|dns/promises|dgram|http|https|http2|child_process|worker_threads)$';
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** Libraries that one part of the project hides from the rest: who may import them. Tests may import anything. */
const libraries = {
  asn1: '^range/certificates\\.ts$',
  commander: '^cli/|^docs/generate/',
  'csv-parse': '^cli/',
  'dns-packet': '^containers/dns/|^grader/probes/|^mta/dialogue/',
  dockerode: '^range/docker/|^containers/base/',
  ejs: '^range/|^slides/|^containers/classroom/',
  fastify: '^slides/|^containers/classroom/',
  imapflow: '^grader/probes/',
  mailauth: '^containers/gateway/|^grader/probes/',
  'playwright-core': '^slides/',
  rolldown: '^containers/base/',
  ssh2: '^cli/front/',
  'smtp-server': '^bench/|^containers/classroom/|^grader/',
  'tar-fs': '^containers/base/',
  typescript: '^docs/generate/',
  yauzl: '^containers/gateway/content/',
};

/** What a person or a program starts: from these every other file must be reached. */
const started =
  '/main\\.ts$|^containers/base/start\\.cjs$|/tools/[^/]+\\.ts$|^labs/[^/]+/lab\\.ts$|^docs/skeletons/|^docs/[^/]+\\.ts$|^vitest\\.config\\.ts$';

export default {
  forbidden: [
    rule(
      'no-circular',
      'A circle of files cannot be read from any side.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    rule(
      'util-knows-nothing',
      'util/ serves every room, so it knows none.',
      { path: '^util/' },
      { path: '^(mail|mta|containers|range|grader|labs|slides|cli|bench|test)/' },
    ),
    rule(
      'mail-does-no-io',
      'mail/ is the RFCs as pure functions.',
      { path: '^mail/', pathNot: '\\.test\\.ts$' },
      { path: io },
    ),
    rule(
      'mail-knows-util-only',
      'mail/ is below every program.',
      { path: '^mail/' },
      { path: '^(mta|containers|range|grader|labs|slides|cli|bench|test)/' },
    ),
    rule(
      'mta-knows-no-host',
      'Both hosts run the MTA; it knows neither.',
      { path: '^mta/' },
      { path: '^(containers|range|grader|labs|slides|cli|bench|test)/' },
    ),
    rule(
      'stages-do-not-call-each-other',
      "mta.ts joins the stages of a message's way; they share its types, the queue's port and what was decided. Restrictions are a part of accepting.",
      { path: '^mta/(accept|cleanup|deliver|pickup|queue|restrictions)/', pathNot: '\\.test\\.ts$' },
      {
        path: '^mta/(accept|cleanup|deliver|pickup|queue|restrictions)/',
        pathNot: ['^mta/$1/', '^mta/queue/queue\\.ts$', '^mta/restrictions/'],
      },
    ),
    rule(
      'restrictions-are-asked-by-accept-only',
      'Access is decided while the client waits.',
      { path: '^mta/(cleanup|deliver|pickup|queue)/', pathNot: '\\.test\\.ts$' },
      { path: '^mta/restrictions/' },
    ),
    rule(
      'engines-do-not-know-each-other',
      'The scanner asks each engine; none asks another.',
      { path: '^containers/gateway/(content|spam|virus|spf|quarantine)/', pathNot: '\\.test\\.ts$' },
      { path: '^containers/gateway/(content|spam|virus|spf|quarantine)/', pathNot: '^containers/gateway/$1/' },
    ),
    rule(
      'mail-readers-share-the-maildir-only',
      'IMAP and POP3 are two doors to one mailbox.',
      { path: '^containers/mailbox/(imap|pop3|maildir)/', pathNot: '\\.test\\.ts$' },
      { path: '^containers/mailbox/(imap|pop3)/', pathNot: '^containers/mailbox/$1/' },
    ),
    rule(
      'hosts-meet-on-the-wire',
      'A host that imports another one could not live in a container of its own.',
      { path: '^containers/([^/]+)/' },
      { path: '^containers/', pathNot: '^containers/$1/' },
    ),
    rule(
      'hosts-know-no-judge',
      'Hosts behave; they do not know that they are judged.',
      { path: '^containers/' },
      { path: '^(range|grader|labs|slides|cli|bench|test)/' },
    ),
    rule(
      'judge-is-independent',
      'The judge looks from outside: it never runs host code, not even its types.',
      { path: '^(grader|labs)/', pathNot: '\\.test\\.ts$' },
      { path: '^(mta|containers)/' },
    ),
    rule(
      'labs-use-the-grader-api',
      'A lab author needs one page of vocabulary.',
      { path: '^labs/.*/(lab|checks)\\.ts$' },
      { path: '^(util|mail|range|cli)/|^grader/(?!api\\.ts$)' },
    ),
    rule(
      'range-uses-faces-only-in-embedded',
      'Only the embedded engine knows that hosts are code.',
      { path: '^range/', pathNot: '^range/embedded|\\.test\\.ts$' },
      { path: '^(mta|containers)/' },
    ),
    rule(
      'verdict-and-report-are-pure',
      'A verdict or a report can be made from a literal.',
      { path: '^grader/(verdict|score|plan|evidence|standing|hint|report/[^/]+)\\.ts$', pathNot: '\\.test\\.ts$' },
      { path: io },
    ),
    rule(
      'slides-know-no-host',
      'A deck is text with values in it; who serves it is not its business.',
      { path: '^slides/', pathNot: '\\.test\\.ts$' },
      { path: '^(mail|mta|containers|grader|labs|cli|bench|test)/' },
    ),
    rule(
      'documents-are-leaves',
      'What writes the documents reads the code; the code does not need it.',
      { pathNot: '^docs/|\\.test\\.ts$' },
      { path: '^docs/' },
    ),
    ...Object.entries(libraries).map(([library, owners]) =>
      rule(
        `only-its-owner-imports-${library}`,
        'A library that few files know is a library that can be replaced.',
        { pathNot: `${owners}|\\.test\\.ts$|^node_modules/|^test/` },
        { path: `node_modules/${library}/` },
      ),
    ),
    rule(
      'nothing-is-left-over',
      'A file that no program reaches is read in vain.',
      { path: started },
      {
        path: '^(util|mail|mta|containers|range|grader|labs|slides|cli|bench|docs)/',
        pathNot: `${started}|\\.test\\.ts$|/test-[^/]+\\.ts$|\\.js$`,
        reachable: false,
      },
    ),
    rule('nothing-imports-a-test', 'Tests are leaves.', { pathNot: '\\.test\\.ts$' }, { path: '\\.test\\.ts$' }),
    rule('main-is-a-leaf', 'main.ts is a process, not a library.', {}, { path: '/main\\.ts$' }),
    // A script of a page imports by the page's addresses.
    rule('resolvable', 'An import that leads nowhere is a mistake.', { pathNot: '\\.js$' }, { couldNotResolve: true }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
