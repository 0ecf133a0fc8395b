;; Scans bytes of UTF-8 JSON for what only an invite has, and for user IDs. `deno task build:scan`
;; compiles it into body_scan_wasm.ts.
(module
  ;; 64 KiB of a body, and 32 bytes behind it, which the last loads may touch; from 128 KiB on the hashes
  ;; of the user IDs, of which there are at most 21,846.
  (memory (export "memory") 4)

  ;; 1 if `"invite"` at `at` follows a colon and white space, or so much white space that the
  ;; beginning is reached, behind which the colon may be.
  (func $isValue (param $at i32) (result i32)
    (local $byte i32)
    (loop $back
      (if (i32.eqz (local.get $at)) (then (return (i32.const 1))))
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (br_if $back (i32.eq (local.get $byte) (i32.const 0x20)))
      ;; Tab, line feed, vertical tab, form feed, carriage return.
      (br_if $back
        (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x09)) (i32.const 5))))
    (i32.eq (local.get $byte) (i32.const 0x3a)))

  ;; The hash (FNV-1a, 32 bits) of the string whose quote is at `at`; 0 if it is longer than a user ID
  ;; can be or goes on behind `length`, -1 if it has an escape.
  (func $hash (param $at i32) (param $length i32) (result i64)
    (local $end i32)
    (local $byte i32)
    (local $hash i32)
    (local.set $hash (i32.const 0x811c9dc5))
    (local.set $end (i32.add (local.get $at) (i32.const 258)))
    (if (i32.gt_u (local.get $end) (local.get $length))
      (then (local.set $end (local.get $length))))
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i64.const 0))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x22))
        (then (return (i64.extend_i32_u (local.get $hash)))))
      (if (i32.eq (local.get $byte) (i32.const 0x5c)) (then (return (i64.const -1))))
      (local.set $hash
        (i32.mul (i32.xor (local.get $hash) (local.get $byte)) (i32.const 0x01000193)))
      (br $next))
    (unreachable))

  ;; -1 if the first `length` bytes may hold an invite; else how many hashes of user IDs were written.
  ;; User IDs are looked for if `ids` is 1; -1 then also means that one may be written with escapes.
  (func (export "scan") (param $length i32) (param $ids i32) (result i32)
    (local $at i32)
    (local $hits i32)
    (local $hit i32)
    (local $count i32)
    (local $bytes v128)
    (local $sigil v128)
    (local $word i64)
    ;; Behind a quote: the sigil of user IDs, or what JSON has nowhere.
    (local.set $sigil
      (i8x16.splat (select (i32.const 0x40) (i32.const 0x01) (local.get $ids))))
    (loop $blocks
      (if (i32.lt_u (local.get $at) (local.get $length))
        (then
          (local.set $bytes (v128.load (local.get $at)))
          ;; The bytes where a quote stands three before a "v" or one before a sigil, or a backslash one
          ;; before a "u".
          (local.set $hits
            (i8x16.bitmask
              (v128.or
                (v128.and
                  (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))
                  (v128.or
                    (i8x16.eq (v128.load offset=3 (local.get $at)) (i8x16.splat (i32.const 0x76)))
                    (i8x16.eq (v128.load offset=1 (local.get $at)) (local.get $sigil))))
                (v128.and
                  (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c)))
                  (i8x16.eq (v128.load offset=1 (local.get $at)) (i8x16.splat (i32.const 0x75)))))))
          (loop $each
            (if (local.get $hits)
              (then
                (local.set $hit (i32.add (local.get $at) (i32.ctz (local.get $hits))))
                (local.set $word (i64.load (local.get $hit)))
                ;; "invite", its quotes included, in the order of the memory.
                (if (i64.eq (local.get $word) (i64.const 0x22657469766e6922))
                  (then
                    (if (call $isValue (local.get $hit)) (then (return (i32.const -1))))))
                ;; \u006 and \u007: the escapes of its letters. The last digits differ in one bit.
                (if (i64.eq
                      (i64.and (local.get $word) (i64.const 0xfeffffffff))
                      (i64.const 0x363030755c))
                  (then (return (i32.const -1))))
                (if (local.get $ids)
                  (then
                    ;; \u0040: the escape of the sigil.
                    (if (i64.eq
                          (i64.and (local.get $word) (i64.const 0xffffffffffff))
                          (i64.const 0x30343030755c))
                      (then (return (i32.const -1))))
                    (if (i32.eq
                          (i32.and (i32.wrap_i64 (local.get $word)) (i32.const 0xffff))
                          (i32.const 0x4022))
                      (then
                        (local.set $word (call $hash (local.get $hit) (local.get $length)))
                        (if (i64.eq (local.get $word) (i64.const -1))
                          (then (return (i32.const -1))))
                        (i32.store offset=0x20000
                          (i32.shl (local.get $count) (i32.const 2))
                          (i32.wrap_i64 (local.get $word)))
                        (local.set $count (i32.add (local.get $count) (i32.const 1)))))))
                (local.set $hits
                  (i32.and (local.get $hits) (i32.sub (local.get $hits) (i32.const 1))))
                (br $each))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $blocks))))
    (local.get $count)))
