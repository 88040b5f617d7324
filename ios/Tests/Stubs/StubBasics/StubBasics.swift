// swift-format-ignore-file
// Core Foundation's types, which Foundation of Linux does not have.
@_exported import Foundation

public typealias CFString = String
public typealias CFData = Data
public typealias CFDictionary = [AnyHashable: Any]
public typealias CFTypeRef = Any
public typealias OSType = UInt32
public typealias OSStatus = Int32

extension URL {
    public func startAccessingSecurityScopedResource() -> Bool { false }
    public func stopAccessingSecurityScopedResource() {}
}
