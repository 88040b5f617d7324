// swift-format-ignore-file
@_exported import Foundation

public struct UTType: Sendable, Hashable {
    fileprivate let identifier: String
    public static var data: UTType { UTType(identifier: "public.data") }
}
