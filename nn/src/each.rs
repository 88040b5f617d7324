//! Loops that are written out.

/// Runs `$work` for `$i` = 0, 1, .. below `$count`, which is at most 8, or for those of the given
/// values that are below it. Written out: a loop that is not unrolled keeps its sums in memory, and
/// whether it is depends on how the whole program is compiled.
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
