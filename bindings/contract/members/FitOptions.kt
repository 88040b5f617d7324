/** Default options of fits. */
public companion object {
    /** Returns the default options of a fit for this kind of head. */
    @JvmStatic
    public fun of(head: HeadKind): FitOptions = fitOptions(head)
}
