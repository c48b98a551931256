extension BrokenFile {
  /// Broken files of the user's own.
  static let user = cases(
    #"""
    sesion_prefix: dev/
    error: 1:1: unknown key 'sesion_prefix'
    hint: the most similar key is 'session_prefix'
    =====
    name: shop
    error: 1:1: unknown key 'name'
    hint: it belongs in the project's '.piko.yml'
    =====
    theme: dark
    error: 1:1: unknown key 'theme'
    hint: the keys known here are 'session_prefix', 'default_shell', 'editor', 'default_windows', \#
    'subnet_pool', 'browser'
    =====
    session_prefix: [a]
    error: 1:17: 'session_prefix' must be text, not a list
    hint: for example: 'session_prefix: dev/'
    =====
    default_shell: ''
    error: 1:16: 'default_shell' is empty
    hint: for example: 'default_shell: bash'
    =====
    editor: [code]
    error: 1:9: 'editor' must be text, not a list
    hint: for example: 'editor: code --wait'
    =====
    default_windows: logs
    error: 1:18: 'default_windows' must be a list, not 'logs'
    hint: for example: 'default_windows: [{name: top, command: top}]'
    =====
    default_windows: [{name: a, local: maybe}]
    error: 1:36: 'default_windows.local' must be true or false, not 'maybe'
    hint: for example: 'default_windows: [{name: top, command: top}]'
    =====
    subnet_pool: 10.0.0.0
    error: 1:14: '10.0.0.0' is no IPv4 network
    hint: for example: 'subnet_pool: 10.213.0.0/16'
    =====
    subnet_pool: 10.213.0.0/33
    error: 1:14: '10.213.0.0/33' is no IPv4 network
    hint: for example: 'subnet_pool: 10.213.0.0/16'
    =====
    subnet_pool: 10.213.0.0/28
    error: 1:14: 'subnet_pool' must have a prefix of 8 to 26, not 28
    hint: for example: 'subnet_pool: 10.213.0.0/16'
    =====
    subnet_pool: 10.213.4.1/16
    error: 1:14: '10.213.4.1/16' is an address inside a network
    hint: the network is '10.213.0.0/16'
    =====
    subnet_pool: 10.256.0.0/16
    error: 1:14: '10.256.0.0/16' is no IPv4 network
    hint: for example: 'subnet_pool: 10.213.0.0/16'
    =====
    subnet_pool: fd00::/64
    error: 1:14: 'fd00::/64' is no IPv4 network
    hint: for example: 'subnet_pool: 10.213.0.0/16'
    =====
    browser: "a\nb"
    error: 1:10: 'browser' must be a single line of text
    hint: for example: 'browser: firefox'
    =====
    editor: vim
    editor: nano
    error: 2:1: the key 'editor' is given twice
    hint: the first one is on line 1; remove one of them
    """#)
}
