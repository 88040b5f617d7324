// swift-format-ignore-file
@_exported import UIKit

// Only what shows a view of UIKit: the views of the sample are parsed, not compiled.

@MainActor
public protocol View {}

public struct UIViewRepresentableContext<Representable: UIViewRepresentable> {}

@MainActor
public protocol UIViewRepresentable: View {
    associatedtype UIViewType: UIView
    typealias Context = UIViewRepresentableContext<Self>

    func makeUIView(context: Context) -> UIViewType
    func updateUIView(_ view: UIViewType, context: Context)
}
