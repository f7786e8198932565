#!/bin/sh
# The shared library exports what the header declares, all of it and nothing else, and is named after its ABI.
set -eu
header=$1 library=$2 work=$3

mkdir -p "$work"
# A declaration begins a line with its type; the name comes before the parenthesis. Comments begin with a star.
grep -v '^ *[*/]' "$header" | grep -oE '^[a-z][a-z0-9_ *]*[ *]lifestage_[a-z0-9_]+\(' |
    grep -v '^typedef' | grep -oE 'lifestage_[a-z0-9_]+\($' | tr -d '(' | sort > "$work/declared"
nm -D --defined-only "$library" | awk '{ print $3 }' | sort > "$work/exported"
[ "$(wc -l < "$work/declared")" -gt 50 ] || { echo "$header: hardly any function is declared"; exit 1; }
if ! diff "$work/declared" "$work/exported" > "$work/difference"; then
    echo "declared in $header (<), exported by $library (>):"
    cat "$work/difference"
    exit 1
fi

abi=$(sed -n 's/^#define LIFESTAGE_ABI_VERSION //p' "$header")
major=$((abi / 1000)) minor=$((abi % 1000))
if [ "$major" -eq 0 ]; then expected=liblifestage.so.0.$minor; else expected=liblifestage.so.$major; fi
named=$(readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
if [ "$named" != "$expected" ]; then
    echo "$library: its SONAME is \`$named\`, not \`$expected\`"
    exit 1
fi
