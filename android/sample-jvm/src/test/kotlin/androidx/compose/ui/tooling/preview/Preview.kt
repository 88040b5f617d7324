package androidx.compose.ui.tooling.preview

/** The annotation of Compose for Android, as far as the sample uses it; readable by the tests. */
@Repeatable
@Target(AnnotationTarget.ANNOTATION_CLASS, AnnotationTarget.FUNCTION)
@Retention(AnnotationRetention.RUNTIME)
annotation class Preview(
    val name: String = "",
    val widthDp: Int = -1,
    val heightDp: Int = -1,
    val locale: String = "",
    val fontScale: Float = 1f,
    val uiMode: Int = 0,
)
