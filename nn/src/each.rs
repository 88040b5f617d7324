//! Explicitly unrolled loops.

/// Runs `$work` for `$i` = 0, 1, .. below `$count` (at most 8), or for the given values below it.
/// Unrolled explicitly: a loop that the compiler does not unroll keeps its sums in memory, and its
/// choice depends on how the whole program is compiled.
macro_rules! each {
    ($i:ident < $count:ident, $work:block) => {
        each!($i < $count, $work, 0 1 2 3 4 5 6 7)
    };
    ($i:ident < $count:ident, $work:block, $($value:literal)*) => {
        $(if $value < $count {
            let $i = $value;
            $work
        })*
    };
}
