# The session book and its copies. Everything in its folder belongs to the services' user.

state=/var/lib/pi-coach
book=$state/sessions.db
book_before=$state/backups/before-update.db

copying='import sqlite3, sys; sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))'

# copy_book FROM TO: whole, whoever writes in it meanwhile; nothing where there is no book yet.
copy_book() {
  [[ -e $1 ]] || return 0
  rm -f -- "$2"{,-wal,-shm} && install -d -o pi-coach -g pi-coach -m 750 -- "${2%/*}" &&
    (cd / && runuser -u pi-coach -- "$system_python" -c "$copying" "$1" "$2")
}

put_book_back() {
  [[ -e $book_before ]] || return 0
  rm -f -- "$book"{,-wal,-shm} && copy_book "$book_before" "$book"
}
