extension Shell {
  /// The hook for fish, which runs where the directory changes.
  ///
  /// What is sourced is piko's own quoting, in which fish expands nothing, after its whole text has
  /// matched that form. `string collect` keeps values with line breaks in one piece.
  static let fishHook = #"""
    function __piko_hook --on-variable PWD --description 'Set the variables of the worktree'
        set -l here (string match -rg '(?s)^(.*?/\.piko/worktrees/[^/]+)' -- $PWD | string collect)
        set -l was (string match -rg '(?s)^([^\x1e]+)' -- "$PIKO_HOOK" | string collect)
        if test "$here" != "$was"
            __piko_leave
            if test -n "$here"
                __piko_enter $here
            end
        end
        return 0
    end

    function __piko_leave
        set -l kept $PIKO_HOOK
        set -eg PIKO_HOOK
        for entry in (string match -rag '\x1e(!?[A-Za-z_][A-Za-z0-9_]*=?)' -- $kept)
            set -l name (string trim -c '!=' -- $entry)
            set -eg $name
            string match -q '*=' -- $entry; or continue
            set -l value (string match -rg "(?s)\x1e$entry([^\x1e]*)" -- $kept | string collect)
            if string match -q '!*' -- $entry
                set -g $name $value
            else
                set -gx $name $value
            end
        end
    end

    function __piko_enter
        set -gx PIKO_HOOK $argv[1]
        set -l text (command piko env --format fish </dev/null | string collect)
        test $pipestatus[1] -eq 0; or return 0
        set -l form 'set -gx ([A-Za-z_][A-Za-z0-9_]*) \'(?:[^\'\\\\]++|\\\\.)*+\';\n?'
        string match -qr "(?s)^(?:$form)*\$" -- $text; or return 0
        for name in COMPOSE_PROFILES COMPOSE_ENV_FILES (string match -rag "(?s)\\G$form" -- $text)
            __piko_keep $name
        end
        set -eg COMPOSE_PROFILES
        set -eg COMPOSE_ENV_FILES
        printf '%s\n' $text | source
    end

    function __piko_keep
        string match -qr "\x1e!?$argv[1](=|\x1e|\$)" -- $PIKO_HOOK; and return
        if not set -qg $argv[1]
            set PIKO_HOOK "$PIKO_HOOK"\x1e"$argv[1]"
        else if set -qgx $argv[1]
            set PIKO_HOOK "$PIKO_HOOK"\x1e"$argv[1]=$$argv[1]"
        else
            set PIKO_HOOK "$PIKO_HOOK"\x1e"!$argv[1]=$$argv[1]"
        end
    end

    function pcd --description 'Go to the worktree of an environment'
        set -l path (command piko path $argv | string collect)
        test $pipestatus[1] -eq 0; or return
        cd -- $path
    end

    __piko_hook

    """#
}
