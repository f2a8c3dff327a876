#!/usr/bin/env bash
# Lays out the root of a container image that holds one program, the libraries that it loads, the certificates of the
# public authorities and nothing else: no shell, no package manager. The Dockerfile runs it in its build stage.
#   image_root.sh PROGRAM DIRECTORY      then DIRECTORY/usr/bin/<program's name> is there; user and group 65532
set -euo pipefail
program=${1:?usage: image_root.sh PROGRAM DIRECTORY}
root=${2:?usage: image_root.sh PROGRAM DIRECTORY}
id=65532 # a user that no host has by custom, the one of other images without a shell

# keep FILE: copies it to the same place below root. Debian's /lib is a link to /usr/lib, and is so here too.
keep() {
  local place
  place=$(realpath "$(dirname "$1")")/$(basename "$1")
  mkdir -p "$root$(dirname "$place")"
  cp -L --preserve=mode "$1" "$root$place"
}
# keep_licence_of FILE: of the package that it came with, which dpkg knows by its place or by that below /usr.
keep_licence_of() {
  local owners
  owners=$(dpkg -S "$1" 2>/dev/null || dpkg -S "/usr$1")
  keep "/usr/share/doc/${owners%%:*}/copyright"
}

lay_out_links() {
  local name
  mkdir -p "$root"
  for name in lib lib64; do
    [ ! -L "/$name" ] || ln -s "usr/$name" "$root/$name"
  done
}
keep_libraries() {
  local library
  ldd "$program" | awk '/not found/ {print "image_root.sh: " $0; missing = 1} END {exit missing}' >&2
  for library in $(ldd "$program" | grep -o '/[^ ]*'); do
    keep "$library"
    keep_licence_of "$library"
  done
}
# The bundle is where OpenSSL looks for it by itself: SSL_CERT_FILE need not be set.
keep_certificates() {
  keep /etc/ssl/certs/ca-certificates.crt
  keep_licence_of /usr/sbin/update-ca-certificates
  mkdir -p "$root/usr/lib/ssl"
  ln -s /etc/ssl/certs/ca-certificates.crt "$root/usr/lib/ssl/cert.pem"
}
# glibc 2.36 has the files and dns services of names in itself.
write_accounts() {
  printf 'root:x:0:0::/nonexistent:/nonexistent\npannier:x:%d:%d::/nonexistent:/nonexistent\n' $id $id >"$root/etc/passwd"
  printf 'root:x:0:\npannier:x:%d:\n' $id >"$root/etc/group"
  printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
}
# Only these are written to, and each is a volume: all else may be read-only.
make_directories() {
  install -d -m 0755 "$root/etc/pannier"
  install -d -o $id -g $id -m 0755 "$root/run/pannier"
  install -d -o $id -g $id -m 0700 "$root/run/pannier-control" "$root/var/lib/pannier"
}

lay_out_links
install -D -m 0755 "$program" "$root/usr/bin/$(basename "$program")"
keep_libraries
keep_certificates
write_accounts
make_directories
