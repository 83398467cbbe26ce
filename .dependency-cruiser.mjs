/**
 * dependency-cruiser - who may import whom, each rule with its reason in a sentence (ARCHITECTURE.md draws the map).
 */
const io = '^(fs|fs/promises|net|tls|dns|dns/promises|dgram|http|https|http2|child_process|worker_threads)$';
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

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
      { path: '^grader/(verdict|score|plan|report/[^/]+)\\.ts$', pathNot: '\\.test\\.ts$' },
      { path: io },
    ),
    rule(
      'slides-know-no-host',
      'A deck is text with values in it; who serves it is not its business.',
      { path: '^slides/', pathNot: '\\.test\\.ts$' },
      { path: '^(mail|mta|containers|grader|labs|cli|bench|test)/' },
    ),
    rule('nothing-imports-a-test', 'Tests are leaves.', { pathNot: '\\.test\\.ts$' }, { path: '\\.test\\.ts$' }),
    rule('main-is-a-leaf', 'main.ts is a process, not a library.', {}, { path: '/main\\.ts$' }),
    rule(
      'resolvable',
      'An import that leads nowhere is a mistake. (/reveal/ is an address of the classroom, for the browser.)',
      {},
      { couldNotResolve: true, pathNot: '^/reveal/' },
    ),
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
