extension BrokenFile {
  /// Files that are no YAML, or have keys that mean nothing.
  static let structure = cases(
    #"""
    name: a
    name: b
    error: 2:1: the key 'name' is given twice
    hint: the first one is on line 1; remove one of them
    =====
    scripts:
      run: a
      setup: b
      run: c
    error: 4:3: the key 'run' is given twice
    hint: the first one is on line 2; remove one of them
    =====
    name: a
    ---
    name: b
    error: 2:1: a second document, where one is read
    hint: remove what follows, from this '---' on
    =====
    name: [a
    error: 2:1: did not find expected ',' or ']' while parsing a flow sequence that begins on \#
    line 1
    hint: a list that '[' begins ends with ']', and a ',' stands between its items: [A, B]
    =====
    name: 'a
    error: 2:1: found unexpected end of stream while scanning a quoted scalar that begins on line \#
    1
    hint: a quote that is opened must be closed: 'TEXT'
    =====
    scripts:
      run: echo "a: b
    error: 2:15: mapping values are not allowed in this context
    hint: keys of one mapping need the same indentation, and a text that holds ': ' needs quotes: \#
    KEY: 'TEXT'
    =====
    scripts:
      run: curl -H Accept: text/plain
    error: 2:22: mapping values are not allowed in this context
    hint: keys of one mapping need the same indentation, and a text that holds ': ' needs quotes: \#
    KEY: 'TEXT'
    =====
    scripts:
    \#trun: make
    error: 2:1: indented with a tab
    hint: indent with spaces
    =====
    scripts: {run: @x}
    error: 1:16: a text begins with '@'
    hint: such a text needs quotes: '@…'
    =====
    copy: [*files]
    error: 1:8: unknown alias '*files'
    hint: a text that begins with '*' needs quotes: '*files'
    =====
    copy: &a [*a]
    error: 1:11: unknown alias '*a'
    hint: a text that begins with '*' needs quotes: '*a'
    =====
    <<: 5
    error: 1:5: '<<' merges mappings, not '5'
    =====
    <<: [5]
    error: 1:6: '<<' merges mappings, not '5'
    =====
    copy: [*.env]
    error: 1:9: did not find expected alphabetic or numeric character while scanning an alias \#
    that begins on line 1
    hint: a text that begins with '*' needs quotes: '*…'
    =====
    copy: **/*.env
    error: 1:8: did not find expected alphabetic or numeric character while scanning an alias \#
    that begins on line 1
    hint: a text that begins with '*' needs quotes: '*…'
    =====
    name: &
    error: 1:8: did not find expected alphabetic or numeric character while scanning an anchor \#
    that begins on line 1
    hint: a text that begins with '&' needs quotes: '&…'
    =====
    ? [a, b]
    : c
    error: 1:3: a key must be text, not a list
    =====
    name: !secret x
    error: 1:7: unknown tag '!secret'
    hint: a text that begins with '!' needs quotes: '!…'
    =====
    copy:
      - !.env
    error: 2:5: unknown tag '!.env'
    hint: a text that begins with '!' needs quotes: '!…'
    =====
    name: "a\0b"
    error: 1:7: a text cannot hold a NUL character
    =====
    name: "a\q"
    error: 1:9: found unknown escape character while parsing a quoted scalar that begins on line 1
    hint: in double quotes a '\' is written '\\'; in single ones it stands for itself: '\'
    =====
    name: a
     shared: b
    error: 2:8: mapping values are not allowed in this context
    hint: keys of one mapping need the same indentation, and a text that holds ': ' needs quotes: \#
    KEY: 'TEXT'
    =====
    - name
    error: 1:1: the file must be a mapping, not a list
    hint: for example: 'name: shop'
    =====
    just text
    error: 1:1: the file must be a mapping, not 'just text'
    hint: for example: 'name: shop'
    =====
    %YAML 3.0
    ---
    name: a
    error: 1:1: found incompatible YAML document
    hint: to see what the file may hold, run 'man 5 piko-config'
    =====
    script: {run: a}
    error: 1:1: unknown key 'script'
    hint: the most similar key is 'scripts'
    =====
    naem: shop
    error: 1:1: unknown key 'naem'
    hint: the most similar key is 'name'
    =====
    Name: shop
    error: 1:1: unknown key 'Name'
    hint: the most similar key is 'name'
    =====
    docker: true
    error: 1:1: unknown key 'docker'
    hint: the keys known here are 'name', 'compose', 'profiles', 'scripts', 'copy', 'link', \#
    'env', 'shared', 'shells', 'ignore', 'windows', 'ports', 'isolation', 'open'
    =====
    setup: make
    error: 1:1: unknown key 'setup'
    hint: it belongs below 'scripts': 'scripts: {setup: COMMAND}'
    =====
    volumes: {data: private}
    error: 1:1: unknown key 'volumes'
    hint: it belongs below 'isolation': 'isolation: {volumes: {NAME: shared}}'
    =====
    editor: vim
    error: 1:1: unknown key 'editor'
    hint: it belongs in 'USER FILE'
    =====
    '': 1
    error: 1:1: unknown key ''
    hint: the keys known here are 'name', 'compose', 'profiles', 'scripts', 'copy', 'link', \#
    'env', 'shared', 'shells', 'ignore', 'windows', 'ports', 'isolation', 'open'
    =====
    enviroment: {A: b}
    error: 1:1: unknown key 'enviroment'
    hint: the most similar key is 'env'
    =====
    scripts: {start: make}
    error: 1:11: unknown key 'start' in 'scripts'
    hint: the keys known here are 'prepare', 'setup', 'run', 'destroy'
    =====
    scripts: {setpu: make}
    error: 1:11: unknown key 'setpu' in 'scripts'
    hint: the most similar key is 'setup'
    =====
    isolation: {volume: {a: private}}
    error: 1:13: unknown key 'volume' in 'isolation'
    hint: the most similar key is 'volumes'
    =====
    windows: [{name: a, comand: b}]
    error: 1:21: unknown key 'comand' in 'windows'
    hint: the most similar key is 'command'
    =====
    windows: [{name: a, dir: b}]
    error: 1:21: unknown key 'dir' in 'windows'
    hint: the keys known here are 'name', 'command', 'service', 'local'
    =====
    env: {A: {val: b}}
    error: 1:11: unknown key 'val' in 'env.A'
    hint: the most similar key is 'value'
    =====
    "na\u001bme": x
    error: 1:1: unknown key 'na?me'
    hint: the most similar key is 'name'
    """#)
}
