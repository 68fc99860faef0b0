#!/bin/sh
# How the scripts of a bundle speak. POSIX sh, for dash and busybox. An export puts it in front of each script, and
# leaves these lines out.
# shellcheck disable=SC2034
set -eu

# Chinese where the locale is Simplified Chinese in UTF-8, or BUNDLE_LANG says so, as in the command. The console of Linux
# has no Chinese characters.
choose_language() {
  language=en
  locale=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}
  [ "${TERM:-}" != linux ] || locale=
  case ${BUNDLE_LANG:-$locale} in
    *.[Gg][Bb]*) ;;
    zh | zh[_-]CN* | zh[_-]SG* | zh[_-]Hans* | zh.*) language=zh ;;
  esac
}

tell() { # ENGLISH [CHINESE]
  if [ "$language" = zh ]; then printf '%s\n' "${2:-$1}"; else printf '%s\n' "$1"; fi
}

say() { # ENGLISH [CHINESE]
  tell "$@" >&2
}

fail() { # CODE ENGLISH CHINESE
  say "error: $2" "错误：$3"
  exit "$1"
}
