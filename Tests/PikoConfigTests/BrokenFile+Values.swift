extension BrokenFile {
  /// Files with values that cannot be.
  static let values = cases(
    #"""
    name: [shop]
    error: 1:7: 'name' must be text, not a list
    hint: for example: 'name: shop'
    =====
    name: {a: b}
    error: 1:7: 'name' must be text, not a mapping
    hint: for example: 'name: shop'
    =====
    name: '---'
    error: 1:7: the project's name '---' has no letter or digit
    hint: for example: 'name: shop'
    =====
    name: ''
    error: 1:7: 'name' is empty
    hint: for example: 'name: shop'
    =====
    name: "a\nb"
    error: 1:7: 'name' must be a single line of text
    hint: for example: 'name: shop'
    =====
    compose: {file: a}
    error: 1:10: 'compose' must be text or a list, not a mapping
    hint: for example: 'compose: [compose.yaml, compose.dev.yaml]'
    =====
    compose: ['']
    error: 1:11: an entry of 'compose' is empty
    hint: for example: 'compose: [compose.yaml, compose.dev.yaml]'
    =====
    compose: a.yml:b.yml
    error: 1:10: the compose file 'a.yml:b.yml' has a ':' in its name, which separates the files \#
    in COMPOSE_FILE
    hint: for example: 'compose: [compose.yaml, compose.dev.yaml]'
    =====
    compose: [a.yml, '-']
    error: 1:18: a compose file cannot be standard input
    hint: for example: 'compose: [compose.yaml, compose.dev.yaml]'
    =====
    compose: [[a]]
    error: 1:11: an entry of 'compose' must be text, not a list
    hint: for example: 'compose: [compose.yaml, compose.dev.yaml]'
    =====
    compose: [~]
    error: 1:11: an entry of 'compose' must be text, not nothing
    hint: for example: 'compose: [compose.yaml, compose.dev.yaml]'
    =====
    profiles: [a b]
    error: 1:12: 'a b' is no profile
    hint: a profile is made of letters, digits, '.', '_' and '-'; for all of them, write '*'
    =====
    profiles: [-debug]
    error: 1:12: '-debug' is no profile
    hint: a profile is made of letters, digits, '.', '_' and '-'; for all of them, write '*'
    =====
    scripts: make
    error: 1:10: 'scripts' must be a mapping, not 'make'
    hint: for example: 'scripts: {setup: make migrate}'
    =====
    scripts: [make]
    error: 1:10: 'scripts' must be a mapping, not a list
    hint: for example: 'scripts: {setup: make migrate}'
    =====
    scripts: {run: [npm, start]}
    error: 1:16: 'scripts.run' must be text, not a list
    hint: for example: 'scripts: {run: make}'
    =====
    scripts: {run: ''}
    error: 1:16: 'scripts.run' is empty
    hint: for example: 'scripts: {run: make}'
    =====
    copy: {a: b}
    error: 1:7: 'copy' must be text or a list, not a mapping
    hint: for example: 'copy: [.env.local]'
    =====
    copy: [/../secret]
    error: 1:8: the pattern '/../secret' leaves the project's root
    hint: patterns are relative to the project's root and cannot hold '..'
    =====
    copy: [/.git/config]
    error: 1:8: the pattern '/.git/config' names what git or piko keep there
    hint: for example: 'copy: [.env.local]'
    =====
    copy: [/]
    error: 1:8: the pattern '/' names the whole project
    hint: for example: 'copy: [.env.local]'
    =====
    copy: [../secret]
    error: 1:8: the pattern '../secret' leaves the project's root
    hint: patterns are relative to the project's root and cannot hold '..'
    =====
    copy: [a/../../b]
    error: 1:8: the pattern 'a/../../b' leaves the project's root
    hint: patterns are relative to the project's root and cannot hold '..'
    =====
    copy: ['~/.netrc']
    error: 1:8: the pattern '~/.netrc' names the home directory, which lies outside
    hint: patterns are relative to the project's root
    =====
    link: [.git]
    error: 1:8: the pattern '.git' names what git or piko keep there
    hint: for example: 'link: [node_modules]'
    =====
    link: [./.piko/state.db]
    error: 1:8: the pattern './.piko/state.db' names what git or piko keep there
    hint: for example: 'link: [node_modules]'
    =====
    link: [.]
    error: 1:8: the pattern '.' names the whole project
    hint: for example: 'link: [node_modules]'
    =====
    link: ['']
    error: 1:8: an entry of 'link' is empty
    hint: for example: 'link: [node_modules]'
    =====
    env: [A=b]
    error: 1:6: 'env' must be a mapping, not a list
    hint: for example: 'env: {API_URL: "http://localhost:${PIKO_WEB_PORT}"}'
    =====
    env: {A-B: c}
    error: 1:7: 'A-B' is no name for a variable
    hint: a variable's name is made of letters, digits and '_', and starts with no digit
    =====
    env: {1A: c}
    error: 1:7: '1A' is no name for a variable
    hint: a variable's name is made of letters, digits and '_', and starts with no digit
    =====
    env: {PIKO_DB_PORT: 1}
    error: 1:7: the variable 'PIKO_DB_PORT' is piko's own to set
    hint: choose a name that does not start with 'PIKO_'
    =====
    env: {COMPOSE_FILE: a}
    error: 1:7: the variable 'COMPOSE_FILE' is piko's own to set
    hint: choose a name that does not start with 'COMPOSE_'
    =====
    env: {A: }
    error: 1:10: the variable 'A' has no value
    hint: for an empty one, write "A: ''"
    =====
    env: {A: [b]}
    error: 1:10: 'env.A' must be text, not a list
    hint: for example: 'env: {API_URL: "http://localhost:${PIKO_WEB_PORT}"}'
    =====
    env: {A: {containers: [web]}}
    error: 1:10: the variable 'A' is missing its 'value'
    hint: for example: 'env: {API_URL: "http://localhost:${PIKO_WEB_PORT}"}'
    =====
    env: {A: {value: , containers: [web]}}
    error: 1:18: the variable 'A' has no value
    hint: for an empty one, write "A: ''"
    =====
    env: {A: {value: b, containers: [my web]}}
    error: 1:34: 'my web' is no service name
    hint: a service name is made of letters, digits, '.', '_' and '-'
    =====
    env: {A: $PIKO_DB_PORT}
    error: 1:10: '$PIKO_DB_PORT' needs braces in the variable 'A'
    hint: for a variable's value, write '${PIKO_DB_PORT}'; for a dollar itself, '$$'
    =====
    env: {A: costs 5$}
    error: 1:10: a dollar stands alone in the variable 'A'
    hint: for a dollar itself, write '$$'
    =====
    env: {A: '${PIKO_DB_PORT'}
    error: 1:10: '${' has no '}' in the variable 'A'
    hint: for a variable's value, write '${NAME}'; for a dollar itself, '$$'
    =====
    env: {A: '${PIKO_DB_PORT:-5432}'}
    error: 1:10: '${PIKO_DB_PORT:-5432}' names no variable in the variable 'A'
    hint: for a variable's value, write '${NAME}'; for a dollar itself, '$$'
    =====
    shared: {redis: true}
    error: 1:9: 'shared' must be text or a list, not a mapping
    hint: for example: 'shared: [redis]'
    =====
    shared: [my redis]
    error: 1:10: 'my redis' is no service name
    hint: a service name is made of letters, digits, '.', '_' and '-'
    =====
    shells: [psql]
    error: 1:9: 'shells' must be a mapping, not a list
    hint: for example: 'shells: {db: psql -U app}'
    =====
    shells: {db: }
    error: 1:14: 'shells.db' must be text, not nothing
    hint: for example: 'shells: {db: psql -U app}'
    =====
    shells: {my db: psql}
    error: 1:10: 'my db' is no service name
    hint: a service name is made of letters, digits, '.', '_' and '-'
    =====
    ignore: [[a]]
    error: 1:10: an entry of 'ignore' must be text, not a list
    hint: for example: 'ignore: [mailer]'
    =====
    windows: {name: a}
    error: 1:10: 'windows' must be a list, not a mapping
    hint: for example: 'windows: [{name: web, command: npm run dev}]'
    =====
    windows: [shell]
    error: 1:11: an entry of 'windows' must be a mapping, not 'shell'
    hint: for example: 'windows: [{name: web, command: npm run dev}]'
    =====
    windows: [{command: a}]
    error: 1:11: a window is missing its 'name'
    hint: for example: 'windows: [{name: web, command: npm run dev}]'
    =====
    windows: [~]
    error: 1:11: a window is missing its 'name'
    hint: for example: 'windows: [{name: web, command: npm run dev}]'
    =====
    windows: [{name: ''}]
    error: 1:18: 'windows.name' is empty
    hint: for example: 'windows: [{name: web, command: npm run dev}]'
    =====
    windows: [{name: a, service: db, local: true}]
    error: 1:41: a window is local or in a service, not both
    hint: remove 'local: true' or 'service: NAME'
    =====
    windows: [{name: a, local: false}]
    error: 1:28: a window that is not local needs a service
    hint: add 'service: NAME'
    =====
    windows: [{name: a, local: yes}]
    error: 1:28: 'windows.local' must be true or false, not 'yes'
    hint: for example: 'windows: [{name: web, command: npm run dev}]'
    =====
    windows:
      - {name: a, command: b}
      - {name: a, command: c}
    error: 3:5: two windows are called 'a'
    hint: the first one is on line 2; rename one: 'name: NAME'
    =====
    windows: [{name: a, service: my db}]
    error: 1:30: 'my db' is no service name
    hint: a service name is made of letters, digits, '.', '_' and '-'
    =====
    ports: [3000]
    error: 1:8: 'ports' must be a mapping, not a list
    hint: for example: 'ports: {web: 3000}'
    =====
    ports: {web: '3000'}
    error: 1:14: 'ports.web' must be a whole number, not the text '3000'
    hint: for example: 'ports: {web: 3000}'
    =====
    ports: {web: 0}
    error: 1:14: 'ports.web' must be 1 to 65535, not '0'
    hint: for example: 'ports: {web: 3000}'
    =====
    ports: {web: 65536}
    error: 1:14: 'ports.web' must be 1 to 65535, not '65536'
    hint: for example: 'ports: {web: 3000}'
    =====
    ports: {web: 99999999999999999999}
    error: 1:14: 'ports.web' must be 1 to 65535, not '99999999999999999999'
    hint: for example: 'ports: {web: 3000}'
    =====
    ports: {web: 30.5}
    error: 1:14: 'ports.web' must be a whole number, not '30.5'
    hint: for example: 'ports: {web: 3000}'
    =====
    ports: {web: }
    error: 1:14: 'ports.web' must be a whole number, not nothing
    hint: for example: 'ports: {web: 3000}'
    =====
    ports: {my web: 3000}
    error: 1:9: 'my web' is no name for a port
    hint: a port's name is made of letters, digits, '.', '_' and '-'
    =====
    ports: {web-a: 1, web_a: 2}
    error: 1:19: 'web-a' and 'web_a' would both be 'PIKO_WEB_A_PORT'
    hint: rename one of them
    =====
    isolation: private
    error: 1:12: 'isolation' must be a mapping, not 'private'
    hint: for example: 'isolation: {volumes: {data: private}}'
    =====
    isolation: {volumes: [data]}
    error: 1:22: 'isolation.volumes' must be a mapping, not a list
    hint: for example: 'isolation: {volumes: {NAME: shared}}'
    =====
    isolation: {volumes: {data: own}}
    error: 1:29: 'isolation.volumes.data' must be 'private' or 'shared', not 'own'
    hint: for example: 'isolation: {volumes: {NAME: shared}}'
    =====
    isolation: {networks: {net: private}}
    error: 1:29: 'isolation.networks.net' must be 'shared', not 'private'
    hint: for example: 'isolation: {networks: {NAME: shared}}'
    =====
    isolation: {binds: {'': shared}}
    error: 1:21: a name is empty
    hint: for example: 'isolation: {binds: {NAME: shared}}'
    =====
    open: [web]
    error: 1:7: 'open' must be text, not a list
    hint: for example: 'open: web'
    =====
    open: my web
    error: 1:7: 'my web' is no service name
    hint: a service name is made of letters, digits, '.', '_' and '-'
    """#)
}
