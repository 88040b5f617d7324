import Mien

/// Chooses what VoiceOver says of a stream of frames: what has changed, with time to hear it, not each frame.
struct Announcer {
    /// The shortest time between two announcements: about the time that one needs.
    static let pause = Duration.seconds(3)

    private var said: [Int: Phrase] = [:]
    private var last: Duration?

    /// Returns a phrase if it is to be said: it is another one than the last, which was not just now.
    mutating func announcement(_ phrase: Phrase, at time: Duration) -> Phrase? {
        if let last, time - last < Self.pause || said[0] == phrase { return nil }
        (said[0], last) = (phrase, time)
        return phrase
    }

    /// Returns what is to be said of a result; `nil` if nothing has changed, or the last announcement was just now. An
    /// answer that is not reliable is never said.
    mutating func announcement(_ result: StreamResult) -> Phrase? {
        if let last, result.timestamp - last < Self.pause { return nil }
        // A track that is gone is never seen again under its number.
        said = said.filter { track, _ in result.faces.contains { $0.track == track } }
        let reliable = result.faces.filter { $0.unsure.isEmpty && $0.label != nil }
        guard let face = reliable.first(where: { said[$0.track] != $0.caption }) else { return nil }
        (said[face.track], last) = (face.caption, result.timestamp)
        return face.caption
    }
}
