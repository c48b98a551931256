extension Shell {
  /// What the hooks of bash and zsh have in common: the assignments that `piko env --format sh` prints
  /// are taken apart, a value between quotes at a time, and kept and exported one by one.
  static let assignments = #"""
    _piko_apply() {
      local _piko_rest=$1 _piko_name _piko_value
      while [[ $_piko_rest == 'export '*=\'* ]]; do
        _piko_name=${_piko_rest#export }
        _piko_name=${_piko_name%%=*}
        _piko_rest=${_piko_rest#*=\'}
        _piko_value=
        while :; do
          _piko_value+=${_piko_rest%%\'*}
          _piko_rest=${_piko_rest#*\'}
          [[ $_piko_rest == "\\''"* ]] || break
          _piko_value+=\'
          _piko_rest=${_piko_rest#???}
        done
        _piko_rest=${_piko_rest#;}
        _piko_rest=${_piko_rest#$'\n'}
        _piko_keep "$_piko_name"
        export "$_piko_name=$_piko_value"
      done
    }

    """#
}
