/** The principal face: large and near the middle. */
public val principal: FaceResult?
    get() = faces.firstOrNull { it.isPrincipal }
