extension Shell {
  /// The hook for zsh, which runs where the directory changes and before each prompt.
  ///
  /// The answer of `piko env` is taken apart, not evaluated.
  static let zshHook = #"""
    \#(assignments)
    _piko_hook() {
      local _piko_status=$?
      emulate -L zsh
      setopt no_err_exit no_err_return no_xtrace unset
      local _piko_here= _piko_was=${PIKO_HOOK-}
      case $PWD/ in
        (*/.piko/worktrees/[^/]*/*)
          _piko_here=${PWD#*/.piko/worktrees/}
          _piko_here=${PWD%%/.piko/worktrees/*}/.piko/worktrees/${_piko_here%%/*}
          ;;
      esac
      if [[ $_piko_here != "${_piko_was%%$'\036'*}" ]]; then
        _piko_leave
        if [[ -n $_piko_here ]]; then _piko_enter $_piko_here; fi
      fi
      return _piko_status
    }

    _piko_leave() {
      local _piko_rest=${PIKO_HOOK-} _piko_entry _piko_name
      while [[ $_piko_rest == *$'\036'* ]]; do
        _piko_rest=${_piko_rest#*$'\036'}
        _piko_entry=${_piko_rest%%$'\036'*}
        _piko_name=${_piko_entry%%=*}
        _piko_name=${_piko_name#!}
        case $_piko_name in (''|[0-9]*|*[^A-Za-z0-9_]*) continue ;; esac
        case $_piko_entry in
          ('!'*=*) unset $_piko_name; typeset -g "$_piko_name=${_piko_entry#*=}" ;;
          (*=*) typeset -gx "$_piko_entry" ;;
          (*) unset $_piko_name ;;
        esac
      done
      unset PIKO_HOOK
    }

    _piko_enter() {
      local _piko_rest
      export PIKO_HOOK=$1
      _piko_rest=$(command piko env --format sh </dev/null) || return 0
      _piko_keep COMPOSE_PROFILES; unset COMPOSE_PROFILES
      _piko_keep COMPOSE_ENV_FILES; unset COMPOSE_ENV_FILES
      _piko_apply "$_piko_rest"
    }

    _piko_keep() {
      case $PIKO_HOOK$'\036' in
        (*$'\036'"$1"$'\036'*|*$'\036'"$1="*|*$'\036!'"$1="*) return ;;
      esac
      if (( ! ${(P)+1} )); then
        PIKO_HOOK+=$'\036'$1
      elif [[ ${(Pt)1} == *export* ]]; then
        PIKO_HOOK+=$'\036'$1=${(P)1}
      else
        PIKO_HOOK+=$'\036!'$1=${(P)1}
      fi
    }

    pcd() {
      local _piko_path
      _piko_path=$(command piko path "$@") || return
      cd -- "$_piko_path" || return
    }

    typeset -ga precmd_functions chpwd_functions
    if (( ! ${precmd_functions[(I)_piko_hook]} )); then precmd_functions+=(_piko_hook); fi
    if (( ! ${chpwd_functions[(I)_piko_hook]} )); then chpwd_functions+=(_piko_hook); fi

    """#
}
