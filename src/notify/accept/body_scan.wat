;; Scans bytes of UTF-8 JSON for what only an invite has. `deno task build:scan` compiles it into
;; body_scan_wasm.ts.
(module
  ;; 64 KiB of a body, and 32 bytes behind it, which the last loads may touch.
  (memory (export "memory") 2)

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

  ;; Whether the first `length` bytes may hold an invite.
  (func (export "scan") (param $length i32) (result i32)
    (local $at i32)
    (local $hits i32)
    (local $hit i32)
    (local $bytes v128)
    (local $word i64)
    (loop $blocks
      (if (i32.lt_u (local.get $at) (local.get $length))
        (then
          (local.set $bytes (v128.load (local.get $at)))
          ;; The bytes where a quote stands three before a "v", or a backslash one before a "u".
          (local.set $hits
            (i8x16.bitmask
              (v128.or
                (v128.and
                  (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))
                  (i8x16.eq (v128.load offset=3 (local.get $at)) (i8x16.splat (i32.const 0x76))))
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
                    (if (call $isValue (local.get $hit)) (then (return (i32.const 1))))))
                ;; \u006 and \u007: the escapes of its letters. The last digits differ in one bit.
                (if (i64.eq
                      (i64.and (local.get $word) (i64.const 0xfeffffffff))
                      (i64.const 0x363030755c))
                  (then (return (i32.const 1))))
                (local.set $hits
                  (i32.and (local.get $hits) (i32.sub (local.get $hits) (i32.const 1))))
                (br $each))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $blocks))))
    (i32.const 0)))
