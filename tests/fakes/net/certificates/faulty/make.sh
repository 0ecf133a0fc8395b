#!/bin/sh
# Makes the certificates of faulty_certificates.ts: needs openssl and faketime.
set -eu
cd "$(dirname "$0")"
DAYS=34000
NAMES=subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

# self_signed NAME SUBJECT [OPTION...]
self_signed() {
  name=$1 subject=$2
  shift 2
  key "$name.key"
  openssl req -x509 -key "$name.key" -days $DAYS -subj "$subject" -out "$name.pem" "$@"
}

# issued NAME SUBJECT ISSUER ISSUER_KEY DAYS [EXTENSION...]; without extensions it is of version 1
issued() {
  name=$1 subject=$2 issuer=$3 issuer_key=$4 days=$5
  shift 5
  [ -e "$name.key" ] || key "$name.key"
  openssl req -new -key "$name.key" -subj "$subject" -out "$temporary/request"
  printf '%s\n' "$@" >"$temporary/extensions"
  openssl x509 -req -in "$temporary/request" -CA "$issuer" -CAkey "$issuer_key" -CAcreateserial \
    -CAserial "$temporary/serial" -days "$days" -out "$name.pem" \
    $([ $# -eq 0 ] || echo "-extfile $temporary/extensions") 2>/dev/null
}

rm -f ./*.pem ./*.key

self_signed authority "/CN=Test Authority" -addext keyUsage=critical,keyCertSign,cRLSign
self_signed self_signed /CN=localhost -addext $NAMES
self_signed leaf /CN=localhost -addext $NAMES -addext basicConstraints=critical,CA:FALSE
issued by_leaf /CN=another leaf.pem leaf.key $DAYS $NAMES

key version1.key
openssl req -new -key version1.key -subj /CN=localhost -out "$temporary/request"
openssl x509 -req -in "$temporary/request" -signkey version1.key -days $DAYS -out version1.pem \
  2>/dev/null

issued by_authority /CN=localhost authority.pem authority.key $DAYS $NAMES
issued client_only /CN=localhost authority.pem authority.key $DAYS $NAMES extendedKeyUsage=clientAuth
for name in expired:2020-01-01 future:2110-01-01; do
  issued_at=${name#*:} name=${name%:*}
  key "$name.key"
  openssl req -new -key "$name.key" -subj /CN=localhost -out "$temporary/request"
  printf '%s\n' "$NAMES" >"$temporary/extensions"
  faketime "$issued_at" openssl x509 -req -in "$temporary/request" -CA authority.pem \
    -CAkey authority.key -set_serial 2 -days 30 -extfile "$temporary/extensions" \
    -out "$name.pem" 2>/dev/null
done

issued intermediate "/CN=Test Intermediate" authority.pem authority.key $DAYS \
  basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign
issued unchained /CN=localhost intermediate.pem intermediate.key $DAYS $NAMES
cat unchained.pem intermediate.pem >chained.pem
cp unchained.key chained.key

# Signed by somebody else, with an intermediate certificate of version 1 that only names the authority.
key "$temporary/impostor.key"
openssl req -x509 -key "$temporary/impostor.key" -days $DAYS -subj "/CN=Test Authority" \
  -out "$temporary/impostor.pem"
key "$temporary/middle.key"
openssl req -new -key "$temporary/middle.key" -subj "/CN=Impostor" -out "$temporary/request"
openssl x509 -req -in "$temporary/request" -CA "$temporary/impostor.pem" \
  -CAkey "$temporary/impostor.key" -set_serial 1 -days $DAYS -out "$temporary/middle.pem" 2>/dev/null
issued forged /CN=localhost "$temporary/middle.pem" "$temporary/middle.key" $DAYS $NAMES
cat "$temporary/middle.pem" >>forged.pem

# Nothing else is to be signed by these.
rm authority.key intermediate.key
