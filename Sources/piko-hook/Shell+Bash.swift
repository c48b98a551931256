extension Shell {
  /// The hook for bash 3.2 and later, which runs before each prompt.
  ///
  /// The answer of `piko env` is taken apart, not evaluated. Under `set -e` a function called in a
  /// list with `||` does not end the shell.
  static let bashHook = #"""
    \#(assignments)
    _piko_hook() {
      local _piko_status=$? _piko_here= _piko_was=${PIKO_HOOK-}
      case $PWD/ in
        */.piko/worktrees/[!/]*/*)
          _piko_here=${PWD#*/.piko/worktrees/}
          _piko_here=${PWD%%/.piko/worktrees/*}/.piko/worktrees/${_piko_here%%/*}
          ;;
      esac
      if [[ "$_piko_here" != "${_piko_was%%$'\036'*}" ]]; then
        _piko_leave || :
        if [[ -n $_piko_here ]]; then _piko_enter "$_piko_here" || :; fi
      fi
      case $- in *e*) return 0 ;; esac
      return "$_piko_status"
    }

    _piko_leave() {
      local _piko_rest=${PIKO_HOOK-} _piko_entry _piko_name
      while [[ $_piko_rest == *$'\036'* ]]; do
        _piko_rest=${_piko_rest#*$'\036'}
        _piko_entry=${_piko_rest%%$'\036'*}
        _piko_name=${_piko_entry%%=*}
        _piko_name=${_piko_name#!}
        case $_piko_name in ''|[0-9]*|*[!A-Za-z0-9_]*) continue ;; esac
        case $_piko_entry in
          '!'*=*) unset -v "$_piko_name"; printf -v "$_piko_name" %s "${_piko_entry#*=}" ;;
          *=*) export "$_piko_entry" ;;
          *) unset -v "$_piko_name" ;;
        esac
      done
      unset -v PIKO_HOOK
    }

    _piko_enter() {
      local _piko_rest _piko_exported
      export PIKO_HOOK=$1
      _piko_rest=$(command piko env --format sh </dev/null) || return 0
      _piko_exported=$'\n'$(compgen -e)$'\n'
      _piko_keep COMPOSE_PROFILES; unset -v COMPOSE_PROFILES
      _piko_keep COMPOSE_ENV_FILES; unset -v COMPOSE_ENV_FILES
      _piko_apply "$_piko_rest"
    }

    _piko_keep() {
      case $PIKO_HOOK$'\036' in *$'\036'"$1"$'\036'*|*$'\036'"$1="*|*$'\036!'"$1="*) return ;; esac
      if [[ -z ${!1+set} ]]; then
        PIKO_HOOK+=$'\036'$1
      elif [[ $_piko_exported == *$'\n'"$1"$'\n'* ]]; then
        PIKO_HOOK+=$'\036'$1=${!1}
      else
        PIKO_HOOK+=$'\036!'$1=${!1}
      fi
    }

    pcd() {
      local _piko_path
      _piko_path=$(command piko path "$@") || return
      cd -- "$_piko_path" || return
      _piko_hook
    }

    if [[ "${PROMPT_COMMAND[*]-}" != *_piko_hook* ]]; then
      if [[ "$(declare -p PROMPT_COMMAND 2>/dev/null || :)" == 'declare -a'* ]]; then
        PROMPT_COMMAND+=(_piko_hook)
      else
        PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}_piko_hook
      fi
    fi

    """#
}
