/**
 * Added to the script for bash. Bash takes words apart at colons, which names of models have: what stands before the
 * last colon must not be offered again. And its helpers are a package of their own, which may be missing.
 */
export const BASH_COLONS = `
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        local line=\${COMP_LINE:0:COMP_POINT}
        read -ra words <<< "$line"
        [[ $line == *[[:space:]] ]] && words+=('')
        cword=$(( \${#words[@]} - 1 ))
        cur=\${words[cword]}
        prev=\${words[cword > 0 ? cword - 1 : 0]}
    }
fi

__p2pai_without_colons() {
    __p2pai_complete
    local cur prev words cword
    _get_comp_words_by_ref -n "=:" cur prev words cword
    [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]] || return 0
    local before=\${cur%"\${cur##*:}"} i
    for i in "\${!COMPREPLY[@]}"; do
        COMPREPLY[i]=\${COMPREPLY[i]#"$before"}
    done
}

complete -F __p2pai_without_colons p2pai
`
